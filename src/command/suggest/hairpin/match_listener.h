/* SPDX-License-Identifier: MIT */
/* match_listener.h: finds the listener that serves a destination. */
#ifndef UH_MATCH_LISTENER_H
#define UH_MATCH_LISTENER_H

#include "hairpin.h"

/* Finds the best target among the listeners on this host: sets has_target, target, dial and
 * possible, and writes the reasons to notes. Returns false if memory ran out (reported). */
bool uh_hairpin_match_listener(const struct uh_host *host, struct uh_hairpin *hairpin,
			       FILE *notes);

#endif

/* SPDX-License-Identifier: MIT */
/* traceable.h: whether processes that run can report to a trace. */
#ifndef UH_TRACEABLE_H
#define UH_TRACEABLE_H

#include "selection.h"

/*
 * Looks at each selected process, and reports why it cannot report its connections to the
 * socket at path, and what to do. unit is the unit that is traced, or NULL. Returns false if no
 * selected process can. With UH_SELECT_ALL, says only if no process has the object loaded. Not
 * async-signal-safe.
 */
bool uh_traceable(struct uh_selection *selection, const char *unit, const char *path);

#endif

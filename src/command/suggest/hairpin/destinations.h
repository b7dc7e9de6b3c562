/* SPDX-License-Identifier: MIT */
/* destinations.h: groups the connections of a trace by destination. */
#ifndef UH_DESTINATIONS_H
#define UH_DESTINATIONS_H

#include "command/trace/connections/group.h"

/*
 * Groups the connections that no route took by destination; the connections of each group are
 * sorted by name and program. The groups end with uh_groups_free(). Returns false if memory ran
 * out (reported).
 */
bool uh_trace_destinations(const struct uh_trace *trace, struct uh_groups *destinations);

#endif

/* SPDX-License-Identifier: MIT */
/* counters.h: counts routed connections where `unhairpin stats` finds them. */
#ifndef UH_COUNTERS_H
#define UH_COUNTERS_H

#include <stdatomic.h>

#include "base/counter_slots.h"
#include "table/table.h"

extern atomic_bool uh_counting;

/* True while connections are counted; the file is mapped then. Costs one load.
 * Async-signal-safe. */
static inline bool uh_counts(void)
{
	return atomic_load_explicit(&uh_counting, memory_order_acquire);
}

/*
 * Starts or stops counting, as the table's settings say. The first start creates and maps the
 * user's file, unless the process has confined itself; if that fails, nothing is counted. To be
 * called in a turn (turn.h). Not async-signal-safe; errno is not kept.
 */
void uh_count_by(const struct uh_table *table);

/*
 * Checks that the mapped file is still the user's file and complete. If not, repairs the file,
 * or maps the new one. Only while uh_counts(), in a turn. errno is not kept.
 */
void uh_count_look(void);

/*
 * Takes slots for a table's first 256 routes. To be called before the process confines itself:
 * afterwards it cannot open the file, and counts only routes that have a slot. Only while
 * uh_counts(), in a turn. errno is not kept.
 */
void uh_count_learn(const struct uh_table *table);

/*
 * Counts a connection by a route. target is the one that took it, or NULL; error is that of
 * uh_tell_function. Only while uh_counts(). Makes one system call, two more once a second, and
 * some to open the file if the route's slot is not known. errno is kept. Async-signal-safe.
 */
void uh_count(const struct uh_table *table, const struct uh_table_route *route,
	      const struct uh_table_target *target, int error);

/*
 * Counts uses of the route with the id. route may be NULL; the file is then not searched for
 * the route's slot. The rest is as for uh_count, with a few more calls for large numbers; may
 * also be called when uh_counts() is no longer true.
 */
void uh_count_uses(const struct uh_table *table, const struct uh_table_route *route,
		   uint64_t id, const struct uh_uses *uses);

#endif

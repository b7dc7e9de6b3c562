/* SPDX-License-Identifier: MIT */
/* counters.h: counts routed connections where `unhairpin stats` finds them. */
#ifndef UH_COUNTERS_H
#define UH_COUNTERS_H

#include <stdatomic.h>

#include "table/table.h"

extern atomic_bool uh_counting;

/* True while connections are counted: one load. What they are counted in is there then. */
static inline bool uh_counts(void)
{
	return atomic_load_explicit(&uh_counting, memory_order_acquire);
}

/*
 * Counts from now on, or no more, as the table's settings say. The user's file is made and
 * mapped the first time, unless the process has confined itself; where that can't be done
 * nothing is counted. Only in a turn (turn.h); not async-signal-safe. errno is not kept.
 */
void uh_count_by(const struct uh_table *table);

/*
 * Looks whether the file that is mapped is still the user's file, and whole. If not, it is put
 * in order, or another one mapped. Only while uh_counts(), in a turn. errno is not kept.
 */
void uh_count_look(void);

/*
 * Finds the slots of a table's first routes, before the process confines itself: from then on
 * it can count by those alone. Only while uh_counts(), in a turn. errno is not kept.
 */
void uh_count_learn(const struct uh_table *table);

/*
 * Counts a connection by a route: target took it, or none did (NULL); error as uh_tell_function
 * has it. Only while uh_counts(). One system call, two more once a second, and some to open the
 * file if the route's slot is not known. errno is kept. Async-signal-safe.
 */
void uh_count(const struct uh_table *table, const struct uh_table_route *route,
	      const struct uh_table_target *target, int error);

#endif

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
 * Starts or stops counting, as the table's settings say. Starting creates and maps the user's
 * file, unless the process has confined itself; if that fails, nothing is counted until
 * uh_count_begin succeeds. To be called in a turn (turn.h). Not async-signal-safe; errno is not
 * kept.
 */
void uh_count_by(const struct uh_table *table);

/* True if the settings say that connections are counted, also while there is no directory.
 * Async-signal-safe. */
bool uh_count_wanted(void);

/*
 * Starts counting if the directory of the counters exists by now. For a connection by a route,
 * while uh_count_wanted() and not uh_counts(). Looks once a second, by one system call. Returns
 * uh_counts(). errno is kept. Async-signal-safe.
 */
bool uh_count_begin(void);

/* The same as uh_counts() for a connection by a route, which may start counting. */
static inline bool uh_counts_now(void)
{
	return uh_counts() || (uh_count_wanted() && uh_count_begin());
}

/*
 * To be called after the program has changed its user: the next count is in the new user's
 * file. A process that may open no file (freeze.h) keeps the old one. Async-signal-safe.
 */
void uh_count_user_changes(void);

/*
 * Checks that the mapped file is still the user's file and complete. If not, repairs the file,
 * or maps the new one. Only while uh_counts(), in a turn. errno is not kept.
 */
void uh_count_look(void);

/*
 * Takes slots for the targets of a table's first routes, some 512 in all. To be called before
 * the process confines itself: afterwards it cannot open the file, and counts only what has a
 * slot. Only while uh_counts(), in a turn. errno is not kept.
 */
void uh_count_learn(const struct uh_table *table);

/* The id of the slot for connections by the route that the target took, or none if target is
 * NULL. Never 0. Async-signal-safe. */
uint64_t uh_count_id(const struct uh_table *table, const struct uh_table_route *route,
		     const struct uh_table_target *target);

/*
 * Counts a connection by a route. target is the one that took it, or NULL; error is that of
 * uh_tell_function. Only while uh_counts(). Makes one system call, two more once a second, and
 * some to open the file if the slot is not known. errno is kept. Async-signal-safe.
 */
void uh_count(const struct uh_table *table, const struct uh_table_route *route,
	      const struct uh_table_target *target, int error);

/*
 * Counts uses in the slot with the id, which is uh_count_id of the others. route may be NULL;
 * the file is then not searched for the slot. The rest is as for uh_count, with a few more
 * calls for large numbers; may also be called when uh_counts() is no longer true.
 */
void uh_count_uses(const struct uh_table *table, const struct uh_table_route *route,
		   const struct uh_table_target *target, uint64_t id,
		   const struct uh_uses *uses);

#endif

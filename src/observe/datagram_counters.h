/* SPDX-License-Identifier: MIT */
/* datagram_counters.h: counts datagrams by route, with a few system calls a second. */
#ifndef UH_DATAGRAM_COUNTERS_H
#define UH_DATAGRAM_COUNTERS_H

#include "table/table.h"

/*
 * Counts a datagram that a route is for; target and error are those of uh_tell_datagram. The
 * counts wait in this process's memory. The first datagram of a second writes what waits for
 * its route and target to the user's file, itself included, as uh_count_uses does; the others
 * make no system call. Of more than a few hundred targets, some are counted as by uh_count.
 * Only while uh_counts(). errno is kept. Async-signal-safe.
 */
void uh_count_datagram(const struct uh_table *table, const struct uh_table_route *route,
		       const struct uh_table_target *target, int error);

/* Writes all that waits. errno is kept. Async-signal-safe. */
void uh_datagram_counters_write(void);

/* In the child after fork(2): forgets what waits, which the parent writes. Async-signal-safe.
 */
void uh_datagram_counters_forget(void);

#endif

/* SPDX-License-Identifier: MIT */
/* datagram_trace.h: reports datagrams to `unhairpin trace`, added up by destination. */
#ifndef UH_DATAGRAM_TRACE_H
#define UH_DATAGRAM_TRACE_H

#include "table/table.h"

/*
 * Counts a datagram of a traced process; route may be NULL, and table then too. to is the
 * target as text, or NULL. The first datagram to a destination by a route with a result is
 * sent at once, later ones as a number at most once a second. 128 destinations are remembered;
 * the numbers of one that gives way to another are sent first. Does nothing in a process that
 * has confined itself. errno is not kept. Async-signal-safe.
 */
void uh_trace_datagram(const struct uh_table *table, const struct uh_endpoint *asked,
		       const struct uh_table_route *route, const char *to, int error);

/* Sends all numbers that wait. errno is not kept. Async-signal-safe. */
void uh_datagram_trace_send(void);

/* In the child after fork(2): forgets all destinations, whose numbers the parent sends.
 * Async-signal-safe. */
void uh_datagram_trace_forget(void);

#endif

/* SPDX-License-Identifier: MIT */
/* datagrams.h: reports datagrams that are sent with an address, on sockets that may be
 * unconnected. */
#ifndef UH_DATAGRAMS_H
#define UH_DATAGRAMS_H

#include "table/table.h"

/*
 * Reports a datagram that a route was for. In a traced process (uh_traces) it may be any
 * datagram with an IP address; if no route was for it, route is NULL, and table may be NULL.
 * asked is the address that the program passed, target the one in whose place the datagram was
 * sent; a target of NULL means that the route refused the datagram or has no IP target. error
 * is 0, or the errno of the call that sent it.
 *
 * It counts the datagram for `unhairpin stats` and for the trace, each with a few system calls
 * a second, and logs it at "debug". errno is kept. Async-signal-safe.
 */
void uh_tell_datagram(const struct uh_table *table, const struct uh_endpoint *asked,
		      const struct uh_table_route *route, const struct uh_table_target *target,
		      int error);

/* Writes and sends the counts that wait for the next second. To be called before the process
 * confines itself, and called when it ends. errno is kept. Async-signal-safe. */
void uh_datagrams_flush(void);

/* In the child after fork(2): the counts that wait are the parent's. Async-signal-safe. */
void uh_datagrams_after_fork_in_child(void);

#endif

/* SPDX-License-Identifier: MIT */
/* connect_by_route.h: connects a socket by the decision of the routes. */
#ifndef UH_CONNECT_BY_ROUTE_H
#define UH_CONNECT_BY_ROUTE_H

#include "attempt.h"

/* A connection by a route, while it is made. */
struct uh_connect_call {
	const struct uh_routes *routes;
	enum uh_protocol protocol; /* of the socket: UH_TCP or UH_UDP */
	struct uh_socket socket;
	struct uh_target_attempt attempt;
	const struct sockaddr *address; /* the program's own, for libc's connect(2) */
	socklen_t length;
	int saved; /* errno, as it was */
};

/*
 * Connects fd, an unconnected TCP or UDP socket, to decision->asked by the route for its
 * protocol: first uh_connect_begin, then uh_try_targets (targets.h) with call->attempt, then
 * uh_connect_end with the outcome.
 *
 * uh_connect_begin returns false if no target is to be tried, with *result: the socket is of
 * another kind or in another state, the route says "direct", there is no route for a stand-in,
 * or an earlier failure is still to be reported. uh_connect_end returns the result of the call,
 * after on_failure if no target answered. Results and errno are those of connect(2) on a TCP
 * socket; errno is untouched on success. decision, address and *call must stay until the end.
 * Async-signal-safe; the blocking wait for a Unix target is not a cancellation point.
 */
bool uh_connect_begin(struct uh_connect_call *call, const struct uh_decision *decision, int fd,
		      const struct sockaddr *address, socklen_t length, int *result);
int uh_connect_end(struct uh_connect_call *call, enum uh_outcome outcome);

#endif

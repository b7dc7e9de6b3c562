/* SPDX-License-Identifier: MIT */
/* attempt.h: an attempt to connect a socket to a target. */
#ifndef UH_ATTEMPT_H
#define UH_ATTEMPT_H

#include "decision.h"
#include "socket/state/records.h"
#include "socket/state/socket_info.h"

/* The result of an attempt. */
enum uh_outcome {
	UH_NO_ANSWER, /* try the next target; the program's socket is unchanged */
	UH_CONNECTED, /* connect(2) returns 0, or EINPROGRESS if attempt->in_progress */
	UH_FINAL,     /* connect(2) returns -1 with errno: EINPROGRESS, EINTR… */
};

/* An attempt to connect a socket to a target of a route. */
struct uh_target_attempt {
	const struct uh_table *table;
	const struct uh_table_route *route;
	const struct uh_table_target *target;
	const struct uh_socket *socket;
	const struct uh_endpoint *asked;
	const struct uh_endpoint *destination; /* matched by the route: asked, or a real address
						  of the stand-in that was asked for */
	uint32_t flow;			       /* sin6_flowinfo of the program's address */
	bool no_wait;			       /* do not wait for a place in a full backlog */
	bool in_progress; /* connected, but connect(2) reports EINPROGRESS, because the socket
			     is non-blocking */
	bool last; /* no fallback is left: the program learns the outcome as without us */
	struct uh_failure *failure; /* filled in if there is more to say than errno */
};

/*
 * The result of connect(2) after UH_CONNECTED. errno is set to saved, or to EINPROGRESS if
 * attempt->in_progress. Async-signal-safe.
 */
int uh_attempt_result(const struct uh_target_attempt *attempt, int saved);

/*
 * Returns the errno of connect(2) if the route refuses the connection: EPERM for a datagram
 * socket and a route to "refuse", which acts as a firewall, else ECONNREFUSED.
 * Async-signal-safe.
 */
int uh_attempt_refusal(const struct uh_target_attempt *attempt);

/* Returns the record of the connection, without its identity. Async-signal-safe. */
struct uh_record uh_record_for(const struct uh_target_attempt *attempt,
			       enum uh_record_kind kind);

#endif

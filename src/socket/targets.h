/* SPDX-License-Identifier: MIT */
/* targets.h: tries the targets of a route. */
#ifndef UH_TARGETS_H
#define UH_TARGETS_H

#include "socket/state/socket_info.h"
#include "socket/state/records.h"
#include "decision.h"

/* How a try ended. */
enum uh_outcome {
	UH_NO_ANSWER, /* the next target's turn; the program's socket is as it was */
	UH_CONNECTED, /* connect(2) returns 0, or EINPROGRESS if try->in_progress */
	UH_FINAL,     /* connect(2) returns -1 with errno: EINPROGRESS, EINTR… */
};

/* One try: a target of a route for a socket and the address that the program asked for. */
struct uh_target_attempt {
	const struct uh_table *table;
	const struct uh_table_route *route;
	const struct uh_table_target *target;
	const struct uh_socket *socket;
	const struct uh_endpoint *asked;
	uint32_t flow;		    /* sin6_flowinfo of the address that was asked for */
	bool no_wait;		    /* a full backlog is not waited for */
	bool in_progress;	    /* connected, but a non-blocking connect(2) never says so */
	bool last;		    /* how it ends is for the program to learn, as without us */
	struct uh_failure *failure; /* filled in where there is more to say than errno */
};

/*
 * Tries the targets in order until one answers. Those that lately did not are passed over, and
 * asked last, without a wait, where on_failure leaves no other way. Tells routes->tell_target
 * of those that stop answering, or answer again. try->target is the last one that was asked.
 * errno is set with UH_FINAL, else undefined. Async-signal-safe.
 */
enum uh_outcome uh_try_targets(struct uh_target_attempt *attempt,
			       const struct uh_routes *routes);

/*
 * The result of connect(2) after UH_CONNECTED, with errno: saved, or EINPROGRESS if
 * try->in_progress. Async-signal-safe.
 */
int uh_connected(const struct uh_target_attempt *attempt, int saved);

/* What there is to remember of the connection, its identity aside. Async-signal-safe. */
struct uh_record uh_record_for(const struct uh_target_attempt *attempt,
			       enum uh_record_kind kind);

/*
 * Tries an IP target, on the program's own socket, or where families can't meet on one that
 * replaces it. errno is set with UH_FINAL and, to the reason, with UH_NO_ANSWER.
 * Async-signal-safe.
 */
enum uh_outcome uh_try_ip(const struct uh_target_attempt *attempt);

/* The same for an address that is no target's. */
enum uh_outcome uh_try_address(const struct uh_target_attempt *attempt,
			       const struct uh_endpoint *to);

/* Tries a Unix target for a stream socket; on success it replaces the program's. As above. */
enum uh_outcome uh_try_unix(struct uh_target_attempt *attempt);

/*
 * True when the route doesn't care who runs the Unix target that fresh is connected to, or one
 * of its peer_user does. Else false with errno, and *try->failure says who. Async-signal-safe.
 */
bool uh_is_expected_peer(const struct uh_target_attempt *attempt, int fresh);

/*
 * Sends the PROXY header if the route wants one, and completes record->local for it. False with
 * errno when not all of it could be sent. Async-signal-safe.
 */
bool uh_send_proxy_header(const struct uh_target_attempt *attempt, int fresh,
			  struct uh_record *record);

#endif

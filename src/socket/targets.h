/* SPDX-License-Identifier: MIT */
/* targets.h: tries the targets of a route. */
#ifndef UH_TARGETS_H
#define UH_TARGETS_H

#include "socket/state/socket_info.h"
#include "socket/state/records.h"
#include "decision.h"

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
	uint32_t flow;	  /* sin6_flowinfo of the program's address */
	bool no_wait;	  /* do not wait for a place in a full backlog */
	bool in_progress; /* connected, but connect(2) reports EINPROGRESS, because the socket
			     is non-blocking */
	bool last; /* no fallback is left: the program learns the outcome as without us */
	struct uh_failure *failure; /* filled in if there is more to say than errno */
};

/*
 * Tries the targets in order until one answers. Targets in back-off are skipped; if on_failure
 * is UH_REFUSE, they are tried last, without waiting. Calls routes->tell_target for a target
 * that stops answering or answers again. attempt->target is the last target that was tried.
 * errno is set with UH_FINAL, else undefined. Async-signal-safe.
 */
enum uh_outcome uh_try_targets(struct uh_target_attempt *attempt,
			       const struct uh_routes *routes);

/*
 * The result of connect(2) after UH_CONNECTED. errno is set to saved, or to EINPROGRESS if
 * attempt->in_progress. Async-signal-safe.
 */
int uh_connected(const struct uh_target_attempt *attempt, int saved);

/* Returns the record of the connection, without its identity. Async-signal-safe. */
struct uh_record uh_record_for(const struct uh_target_attempt *attempt,
			       enum uh_record_kind kind);

/*
 * Tries an IP target on the program's own socket, or on one that replaces it if their families
 * differ. errno is set with UH_FINAL, and with UH_NO_ANSWER to the reason. Async-signal-safe.
 */
enum uh_outcome uh_try_ip(const struct uh_target_attempt *attempt);

/* The same for an address that is not a target. */
enum uh_outcome uh_try_address(const struct uh_target_attempt *attempt,
			       const struct uh_endpoint *to);

/* Tries a Unix target for a stream socket, which is replaced on success. As above. */
enum uh_outcome uh_try_unix(struct uh_target_attempt *attempt);

/*
 * True if the route has no peer_user, or one of them runs the Unix target that fresh is
 * connected to. Else false with errno, and attempt->failure says which user runs it.
 * Async-signal-safe.
 */
bool uh_is_expected_peer(const struct uh_target_attempt *attempt, int fresh);

/*
 * Sends the PROXY header, if the route has one, and completes record->local for it. False with
 * errno if the header can't be sent as a whole. Async-signal-safe.
 */
bool uh_send_proxy_header(const struct uh_target_attempt *attempt, int fresh,
			  struct uh_record *record);

#endif

/* SPDX-License-Identifier: MIT */
/* targets.c: asks the targets of a route in order, and remembers which of them answer. */
#include "targets.h"

#include <errno.h>

#include "backoff.h"

/* More targets than these are asked every time. */
enum { REMEMBERED = 64 };

struct uh_record uh_record_for(const struct uh_target_attempt *attempt,
			       enum uh_record_kind kind)
{
	struct uh_record record = {
	    .peer = *attempt->asked,
	    .local = attempt->socket->local,
	    .flow = attempt->flow,
	    .protocol = (uint16_t)attempt->socket->protocol,
	    .domain = (uint8_t)attempt->socket->domain,
	    .type = (uint8_t)attempt->socket->type,
	    .kind = (uint8_t)kind,
	};

	record.peer.address = uh_address_meant(&attempt->asked->address, &record.local.address);
	return record;
}

/* A Unix target is for streams only: a datagram socket passes it by. */
static bool is_for_socket(const struct uh_target_attempt *attempt)
{
	return attempt->target->kind == UH_TARGET_IP ||
	       (attempt->target->kind == UH_TARGET_UNIX &&
		attempt->socket->type == SOCK_STREAM);
}

static void tell(const struct uh_target_attempt *attempt, const struct uh_routes *routes,
		 const struct uh_failure *failure)
{
	if (routes->tell_target)
		routes->tell_target(attempt->table, attempt->asked, attempt->route,
				    attempt->target, failure);
}

/*
 * known is what was known of the target before. What tries a target is out of line, so that its
 * frame is gone when the log is written: either goes deep, and the stack may be small.
 */
static inline enum uh_outcome ask(struct uh_target_attempt *attempt,
				  const struct uh_routes *routes, uint64_t known)
{
	struct uh_failure failure = {0};
	enum uh_outcome outcome;

	attempt->failure = &failure;
	outcome =
	    attempt->target->kind == UH_TARGET_IP ? uh_try_ip(attempt) : uh_try_unix(attempt);
	failure.error = errno;
	if (outcome == UH_NO_ANSWER && !uh_is_same(attempt->socket)) {
		/* Another thread has connected the socket, or closed it: the number is left
		 * alone. */
		outcome = UH_FINAL;
		failure.error = uh_is_replaced_stream(attempt->socket->fd) ? EISCONN : EBADF;
	}
	if (outcome == UH_CONNECTED && uh_backoff_succeed(attempt))
		tell(attempt, routes, NULL);
	else if (outcome == UH_NO_ANSWER && uh_backoff_fail(attempt, known))
		tell(attempt, routes, &failure);
	attempt->failure = NULL;
	errno = failure.error;
	return outcome;
}

/* Asks those that are not resting. *left: the others that are worth asking after all. */
static enum uh_outcome ask_in_order(struct uh_target_attempt *attempt,
				    const struct uh_routes *routes, uint64_t *left)
{
	enum uh_outcome outcome = UH_NO_ANSWER;

	for (uint32_t i = 0; i < attempt->route->targets && outcome == UH_NO_ANSWER; i++) {
		uint64_t known;

		attempt->target = uh_table_target(attempt->table, attempt->route, i);
		if (!is_for_socket(attempt))
			continue;
		known = uh_backoff_find(attempt);
		if (i >= REMEMBERED || !uh_backoff_is_active(known))
			outcome = ask(attempt, routes, known);
		else if (!uh_backoff_timed_out(known))
			*left |= 1ULL << i;
	}
	return outcome;
}

/*
 * A non-blocking connect(2) of TCP never returns 0, and programs are not tested with one that
 * does: Tcl's `socket -async` and Mono's ConnectAsync wait for what has happened already.
 */
int uh_connected(const struct uh_target_attempt *attempt, int saved)
{
	errno = attempt->in_progress ? EINPROGRESS : saved;
	return attempt->in_progress ? -1 : 0;
}

enum uh_outcome uh_try_targets(struct uh_target_attempt *attempt,
			       const struct uh_routes *routes)
{
	uint64_t left = 0;
	enum uh_outcome outcome;

	attempt->no_wait = false;
	outcome = ask_in_order(attempt, routes, &left);
	if (attempt->route->on_failure != UH_REFUSE)
		return outcome;
	attempt->no_wait = true;
	for (; left && outcome == UH_NO_ANSWER; left &= left - 1) {
		attempt->target = uh_table_target(attempt->table, attempt->route,
						  (uint32_t)__builtin_ctzll(left));
		outcome = ask(attempt, routes, uh_backoff_find(attempt));
	}
	return outcome;
}

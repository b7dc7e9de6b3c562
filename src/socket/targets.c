/* SPDX-License-Identifier: MIT */
/* targets.c: asks the targets of a route in order, and remembers which of them answer. */
#include "targets.h"

#include <errno.h>

#include "backoff.h"

/* More targets than these are asked every time. */
enum { REMEMBERED = 64 };

struct uh_record uh_record_for(const struct uh_try *try, enum uh_record_kind kind)
{
	struct uh_record record = {
	    .peer = *try->asked,
	    .local = try->socket->local,
	    .flow = try->flow,
	    .protocol = (uint16_t)try->socket->protocol,
	    .domain = (uint8_t)try->socket->domain,
	    .type = (uint8_t)try->socket->type,
	    .kind = (uint8_t)kind,
	};

	record.peer.address = uh_address_meant(&try->asked->address, &record.local.address);
	return record;
}

/* A Unix target is for streams only: a datagram socket passes it by. */
static bool is_for_socket(const struct uh_try *try)
{
	return try->target->kind == UH_TARGET_IP ||
	       (try->target->kind == UH_TARGET_UNIX && try->socket->type == SOCK_STREAM);
}

static void tell(const struct uh_try *try, const struct uh_routes *routes,
		 const struct uh_failure *failure)
{
	if (routes->tell_target)
		routes->tell_target(try->table, try->asked, try->route, try->target, failure);
}

/*
 * known is what was known of the target before. What tries a target is out of line, so that its
 * frame is gone when the log is written: either goes deep, and the stack may be small.
 */
static inline enum uh_outcome ask(struct uh_try *try, const struct uh_routes *routes,
				  uint64_t known)
{
	struct uh_failure failure = {0};
	enum uh_outcome outcome;

	try->failure = &failure;
	outcome = try->target->kind == UH_TARGET_IP ? uh_try_ip(try) : uh_try_unix(try);
	failure.error = errno;
	if (outcome == UH_NO_ANSWER && !uh_is_same(try->socket)) {
		/* Another thread has connected the socket, or closed it: the number is left
		 * alone. */
		outcome = UH_FINAL;
		failure.error = uh_is_replaced_stream(try->socket->fd) ? EISCONN : EBADF;
	}
	if (outcome == UH_CONNECTED && uh_rest_end(try))
		tell(try, routes, NULL);
	else if (outcome == UH_NO_ANSWER && uh_rest_begin(try, known))
		tell(try, routes, &failure);
	try->failure = NULL;
	errno = failure.error;
	return outcome;
}

/* Asks those that are not resting. *left: the others that are worth asking after all. */
static enum uh_outcome ask_in_order(struct uh_try *try, const struct uh_routes *routes,
				    uint64_t *left)
{
	enum uh_outcome outcome = UH_NO_ANSWER;

	for (uint32_t i = 0; i < try->route->targets && outcome == UH_NO_ANSWER; i++) {
		uint64_t known;

		try->target = uh_table_target(try->table, try->route, i);
		if (!is_for_socket(try))
			continue;
		known = uh_rest_look(try);
		if (i >= REMEMBERED || !uh_rest_holds(known))
			outcome = ask(try, routes, known);
		else if (!uh_rest_is_slow(known))
			*left |= 1ULL << i;
	}
	return outcome;
}

/*
 * A non-blocking connect(2) of TCP never returns 0, and programs are not tested with one that
 * does: Tcl's `socket -async` and Mono's ConnectAsync wait for what has happened already.
 */
int uh_connected(const struct uh_try *try, int saved)
{
	errno = try->in_progress ? EINPROGRESS : saved;
	return try->in_progress ? -1 : 0;
}

enum uh_outcome uh_try_targets(struct uh_try *try, const struct uh_routes *routes)
{
	uint64_t left = 0;
	enum uh_outcome outcome;

	try->hasty = false;
	outcome = ask_in_order(try, routes, &left);
	if (try->route->on_failure != UH_REFUSE)
		return outcome;
	try->hasty = true;
	for (; left && outcome == UH_NO_ANSWER; left &= left - 1) {
		try->target =
		    uh_table_target(try->table, try->route, (uint32_t)__builtin_ctzll(left));
		outcome = ask(try, routes, uh_rest_look(try));
	}
	return outcome;
}

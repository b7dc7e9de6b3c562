/* SPDX-License-Identifier: MIT */
/* targets.c: tries the targets of a route in order, and records which of them answer. */
#include "targets.h"

#include <errno.h>

#include "backoff.h"
#include "target_ip.h"
#include "target_unix.h"

/* The back-off is used for so many targets of a route; further ones are always tried. */
enum { REMEMBERED = 64 };

/* False for a Unix target and a datagram socket, and for "refuse". */
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
		routes->tell_target(attempt->table, attempt->destination, attempt->route,
				    attempt->target, failure);
}

/* The progress through the targets of a route. */
struct progress {
	uint32_t next; /* index of the next target */
	uint64_t
	    skipped; /* targets that are in back-off and worth an attempt: a bit for each */
	uint64_t backoff; /* uh_backoff_find of the current target */
};

/* Sets attempt->target to the next target that is not in back-off. False if there is none. */
static bool next_target(struct uh_target_attempt *attempt, struct progress *progress)
{
	while (progress->next < attempt->route->targets) {
		uint32_t i = progress->next++;

		attempt->target = uh_table_target(attempt->table, attempt->route, i);
		if (!is_for_socket(attempt))
			continue;
		progress->backoff = uh_backoff_find(attempt);
		if (i >= REMEMBERED || !uh_backoff_is_active(progress->backoff))
			return true;
		if (!uh_backoff_timed_out(progress->backoff))
			progress->skipped |= 1ULL << i;
	}
	return false;
}

/*
 * Sets attempt->target to the next target that was skipped. False if there is none, or
 * on_failure allows to connect to the destination itself.
 */
static bool next_skipped(struct uh_target_attempt *attempt, struct progress *progress)
{
	if (!progress->skipped || attempt->route->on_failure != UH_REFUSE)
		return false;
	attempt->no_wait = true;
	attempt->target = uh_table_target(attempt->table, attempt->route,
					  (uint32_t)__builtin_ctzll(progress->skipped));
	progress->skipped &= progress->skipped - 1;
	progress->backoff = uh_backoff_find(attempt);
	return true;
}

/* Records, and reports, whether the target has answered. errno is set to failure->error. */
static enum uh_outcome conclude(const struct uh_target_attempt *attempt,
				const struct uh_routes *routes, uint64_t backoff,
				enum uh_outcome outcome, struct uh_failure *failure)
{
	if (outcome == UH_NO_ANSWER && !uh_is_same_socket(attempt->socket)) {
		/*
		 * Another thread has connected the socket or closed it: the descriptor is left
		 * alone.
		 */
		outcome = UH_FINAL;
		failure->error = uh_is_replaced_stream(attempt->socket->fd) ? EISCONN : EBADF;
	}
	if (outcome == UH_CONNECTED && uh_backoff_succeed(attempt))
		tell(attempt, routes, NULL);
	else if (outcome == UH_NO_ANSWER && uh_backoff_fail(attempt, backoff))
		tell(attempt, routes, failure);
	errno = failure->error;
	return outcome;
}

/*
 * The functions that try a target are out of line, so that their frames are gone when the log
 * is written: both need much stack, and there may be little.
 */
enum uh_outcome uh_try_targets(struct uh_target_attempt *attempt,
			       const struct uh_routes *routes)
{
	struct progress progress = {0};
	enum uh_outcome outcome = UH_NO_ANSWER;

	attempt->no_wait = false;
	while (outcome == UH_NO_ANSWER &&
	       (next_target(attempt, &progress) || next_skipped(attempt, &progress))) {
		struct uh_failure failure = {0};

		attempt->failure = &failure;
		outcome = attempt->target->kind == UH_TARGET_IP ? uh_try_ip(attempt)
								: uh_try_unix(attempt);
		failure.error = errno;
		outcome = conclude(attempt, routes, progress.backoff, outcome, &failure);
		attempt->failure = NULL;
	}
	return outcome;
}

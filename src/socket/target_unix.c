/* SPDX-License-Identifier: MIT */
/* target_unix.c: connects to a Unix socket, which then replaces the program's socket. */
#include "target_unix.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>

#include "libc/libc.h"
#include "base/clock.h"
#include "socket/replace/replace.h"
#include "send_proxy_header.h"
#include "socket/replace/temporary_fds.h"

static socklen_t write_name(const struct uh_target_attempt *attempt, struct sockaddr_un *name)
{
	size_t length;

	memset(name, 0, sizeof(*name));
	name->sun_family = AF_UNIX;
	length = uh_table_path(attempt->table, attempt->target, attempt->destination,
			       name->sun_path);
	/*
	 * The length of a path includes its NUL; an abstract name ends without one (unix(7)).
	 */
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length +
			   (*name->sun_path != '\0'));
}

static uint64_t now_ms(void)
{
	return uh_clock_ns(CLOCK_MONOTONIC) / 1000000;
}

static bool set_send_limit(int fd, uint64_t milliseconds)
{
	struct timeval limit = {(time_t)(milliseconds / 1000),
				(suseconds_t)(milliseconds % 1000 * 1000)};

	return uh_libc_setsockopt()(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0;
}

/*
 * Waits for a place in a full backlog. A non-blocking connect(2) gives EAGAIN at once, and
 * poll(2) can't wait for a place; the only way is a blocking connect(2) with SO_SNDTIMEO.
 * Signals do not end the wait, which is bounded and short: a program that got EINTR would poll
 * for a connection that is not being made. If the limit can't be set (a seccomp filter may
 * refuse it), there is no wait.
 */
static int connect_with_wait(int fresh, const struct sockaddr_un *name, socklen_t length,
			     uint32_t milliseconds)
{
	uint64_t end = now_ms() + milliseconds, left = milliseconds;
	int result = -1;

	uh_libc_fcntl()(fresh, F_SETFL, 0);
	while (left > 0 && left <= milliseconds && set_send_limit(fresh, left)) {
		result = uh_libc_connect()(fresh, (const struct sockaddr *)name, length);
		if (result == 0 || errno != EINTR)
			break;
		left = end - now_ms();
	}
	uh_libc_fcntl()(fresh, F_SETFL, O_NONBLOCK);
	set_send_limit(fresh, 0);
	return result;
}

/* The wait that the settings allow, in milliseconds, at most the program's own SO_SNDTIMEO. */
static uint32_t allowed_wait(const struct uh_target_attempt *attempt)
{
	const struct uh_table_settings *settings = uh_table_settings(attempt->table);
	struct timeval limit = {0};
	socklen_t size = sizeof(limit);
	uint64_t own;

	if (uh_libc_fcntl()(attempt->socket->fd, F_GETFL) & O_NONBLOCK)
		return settings->backlog_wait_nonblocking_ms;
	uh_libc_getsockopt()(attempt->socket->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, &size);
	own = (uint64_t)limit.tv_sec * 1000 + (uint64_t)limit.tv_usec / 1000;
	return own && own < settings->backlog_wait_ms ? (uint32_t)own
						      : settings->backlog_wait_ms;
}

static bool connect_fresh(const struct uh_target_attempt *attempt, int fresh)
{
	struct sockaddr_un name;
	socklen_t length = write_name(attempt, &name);
	uint32_t wait;

	if (uh_libc_connect()(fresh, (const struct sockaddr *)&name, length) == 0)
		return true;
	if (errno == EAFNOSUPPORT) /* not a Unix socket any more: another thread closed it */
		errno = EBADF;
	wait = errno == EAGAIN && !attempt->no_wait ? allowed_wait(attempt) : 0;
	return wait && connect_with_wait(fresh, &name, length, wait) == 0;
}

/*
 * True if the route has no peer_user, or one of them runs the target. Else false with errno,
 * and attempt->failure says which user does. SO_PEERCRED is the effective user of the process
 * that called listen(2), at that time (unix(7)).
 */
static bool is_expected_peer(const struct uh_target_attempt *attempt, int fresh)
{
	const struct uh_user *peer = uh_table_peers(attempt->table, attempt->route);
	struct ucred listener;
	socklen_t size = sizeof(listener);

	if (!attempt->route->peer_count)
		return true;
	if (uh_libc_getsockopt()(fresh, SOL_SOCKET, SO_PEERCRED, &listener, &size) != 0)
		return false;
	for (uint32_t i = 0; i < attempt->route->peer_count; i++)
		if (peer[i].id == listener.uid)
			return true;
	attempt->failure->wrong_peer = true;
	attempt->failure->user = listener.uid;
	errno = EACCES;
	return false;
}

/*
 * Prepares fresh to replace the program's socket, and sends the PROXY header. Returns the flags
 * for uh_replace, or -1 with errno.
 */
static int make_ready(struct uh_target_attempt *attempt, int fresh, struct uh_record *record)
{
	int flags = -1;

	if (uh_prepare_replacement(attempt->socket, fresh, record) &&
	    uh_send_proxy_header(attempt, fresh, record))
		flags = uh_copy_flags(attempt->socket, fresh);
	attempt->in_progress = flags >= 0 && flags & O_NONBLOCK;
	if (attempt->in_progress)
		uh_record_set_in_progress(record->identity);
	return flags;
}

/*
 * Only uh_replace changes what the program sees; after an earlier failure nothing has changed.
 */
__attribute__((noinline)) enum uh_outcome uh_try_unix(struct uh_target_attempt *attempt)
{
	const struct uh_socket *socket = attempt->socket;
	struct uh_record record = uh_record_for(attempt, UH_REPLACED);
	int fresh = uh_temporary_open(AF_UNIX, SOCK_STREAM, 0, &record.identity), flags, error;

	if (fresh < 0)
		return UH_NO_ANSWER;
	if (connect_fresh(attempt, fresh) && is_expected_peer(attempt, fresh)) {
		flags = make_ready(attempt, fresh, &record);
		if (flags >= 0) {
			uh_search_sets_of(socket, flags);
			if (uh_replace(socket->fd, socket->identity, fresh, flags))
				return UH_CONNECTED;
		}
		error = errno;
		uh_record_remove(record.identity);
		errno = error;
	}
	uh_temporary_close(fresh);
	return UH_NO_ANSWER;
}

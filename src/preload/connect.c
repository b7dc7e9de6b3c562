/* SPDX-License-Identifier: MIT */
/* connect.c: connect(2) for the program: guard, ask, act, or fall through to libc. */
#include <pthread.h>

#include "libc/bind_early.h"
#include "export.h"
#include "libc/libc.h"
#include "socket/state/fd_hints.h"
#include "socket/state/records.h"
#include "socket/replace/temporary_fds.h"
#include "begin_trace.h"
#include "process/user_memory.h"

/* A connection by a route, while it is made. */
struct call {
	const struct uh_routes *routes;
	unsigned temporaries; /* that were open before it */
};

static void let_go(void *context)
{
	const struct call *call = context;

	uh_temporaries_close_to(call->temporaries);
	uh_routes_release(call->routes);
}

static int connect_held(struct call *call, int fd, const struct uh_endpoint *asked,
			const struct sockaddr *address, socklen_t length)
{
	int result;

	pthread_cleanup_push(let_go, call);
	result = uh_connect_by_route(call->routes, fd, asked, address, length);
	pthread_cleanup_pop(0);
	return result;
}

static int connect_by_route(int fd, const struct uh_endpoint *asked,
			    const struct sockaddr *address, socklen_t length)
{
	struct call call = {uh_routes_acquire(), uh_temporaries_open()};
	int result = connect_held(&call, fd, asked, address, length);

	uh_routes_release(call.routes);
	return result;
}

/*
 * The address comes before the routes: they are not read for a connection to a Unix socket. Out
 * of line, so that its frame is gone when libc's connect() is called.
 */
__attribute__((noinline)) static bool is_routed(int fd, const struct sockaddr *address,
						socklen_t length, struct uh_endpoint *asked)
{
	return uh_parse_destination(fd, address, length, asked) &&
	       uh_routes_match(asked, UH_ANY);
}

static int connect_asked(int fd, const struct sockaddr *address, socklen_t length)
{
	struct uh_endpoint asked;

	if (!is_routed(fd, address, length, &asked))
		return uh_connect_unrouted(fd, address, length);
	return connect_by_route(fd, &asked, address, length);
}

__attribute__((noinline)) static int connect_traced(int fd, const struct sockaddr *address,
						    socklen_t length)
{
	struct uh_traced_call trace;
	int result;

	uh_begin_trace(&trace, fd, address, length);
	pthread_cleanup_push(uh_traced_call_cleanup, &trace);
	result = connect_asked(fd, address, length);
	pthread_cleanup_pop(0);
	uh_traced_call_end(&trace, result < 0);
	return result;
}

__attribute__((noinline)) static int connect_routed(int fd, const struct sockaddr *address,
						    socklen_t length)
{
	if (uh_traces())
		return connect_traced(fd, address, length);
	return connect_asked(fd, address, length);
}

/*
 * True when some route may be for the address: what is asked for is looked up again then. And
 * always in a process that is traced, which is told that there may be records.
 */
__attribute__((noinline)) static bool may_be_routed(int fd, const struct sockaddr *address,
						    socklen_t length)
{
	struct uh_endpoint asked;

	return uh_records_any() || is_routed(fd, address, length, &asked);
}

/*
 * A connection that matches nothing is handed on by a jump: after a system call the processor
 * has forgotten where its caller's callers are, and each frame of ours would cost 20 ns to
 * find.
 */
UH_EXPORT int connect(int fd, const struct sockaddr *address, socklen_t length)
{
	uh_bind_calls();
	if (may_be_routed(fd, address, length))
		return connect_routed(fd, address, length);
	uh_fd_used(fd);
	return uh_libc_connect()(fd, address, length);
}

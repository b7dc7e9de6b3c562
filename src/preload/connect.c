/* SPDX-License-Identifier: MIT */
/*
 * connect.c: connect(2): asks the routes, then connects by a route or leaves the call to libc.
 */
#include <pthread.h>

#include "libc/bind_early.h"
#include "export.h"
#include "libc/libc.h"
#include "observe/traced_call.h"
#include "routes/routes.h"
#include "socket/connect_by_route.h"
#include "socket/connect_unrouted.h"
#include "socket/targets.h"
#include "socket/state/fd_hints.h"
#include "socket/state/records.h"
#include "socket/replace/temporary_fds.h"

/* The resources that a thread must release if it is cancelled during the call. */
struct held {
	const struct uh_routes *routes;
	unsigned temporaries; /* of this thread, open before the call */
};

static void give_back(void *context)
{
	const struct held *held = context;

	uh_temporaries_close_down_to(held->temporaries);
	uh_routes_release(held->routes);
}

/*
 * decision is passed by value, so that no pointer into the frame of connect() exists and
 * connect() can make its last call a jump.
 */
__attribute__((noinline)) static int connect_decided(int fd, const struct sockaddr *address,
						     socklen_t length,
						     struct uh_decision decision)
{
	struct held held = {decision.routes, uh_temporaries_count()};
	struct uh_connect_call call;
	int result;

	if (!decision.routes)
		return uh_connect_unrouted(fd, address, length);
	pthread_cleanup_push(give_back, &held);
	if (uh_connect_begin(&call, &decision, fd, address, length, &result))
		result = uh_connect_end(&call, uh_try_targets(&call.attempt, call.routes));
	pthread_cleanup_pop(0);
	uh_routes_release(held.routes);
	return result;
}

__attribute__((noinline)) static int connect_traced(int fd, const struct sockaddr *address,
						    socklen_t length,
						    struct uh_decision decision)
{
	struct uh_traced_call trace;
	const char *name = NULL;
	int result;

	if (decision.routes)
		name = uh_table_stands_for(decision.routes->table, &decision.asked.address);
	uh_traced_call_begin(&trace, fd, decision.is_ip ? &decision.asked : NULL, name);
	pthread_cleanup_push(uh_traced_call_cleanup, &trace);
	result = connect_decided(fd, address, length, decision);
	pthread_cleanup_pop(0);
	uh_traced_call_end(&trace, result < 0);
	return result;
}

/*
 * If no route matches, libc's connect(2) is called by a jump. After a system call the processor
 * has lost its return-address predictions, so that each frame of ours would cost 20 ns.
 *
 * uh_records_any() is always true in a traced process.
 */
UH_EXPORT int connect(int fd, const struct sockaddr *address, socklen_t length)
{
	struct uh_decision decision;

	uh_bind_calls();
	decision = uh_routes_decide(fd, address, length, UH_ANY);
	if (decision.routes || uh_records_any())
		return uh_traces() ? connect_traced(fd, address, length, decision)
				   : connect_decided(fd, address, length, decision);
	uh_fd_used(fd);
	UH_TAIL_CALL return uh_libc_connect()(fd, address, length);
}

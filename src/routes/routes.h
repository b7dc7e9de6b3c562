/* SPDX-License-Identifier: MIT */
/* routes.h: the routes of this process, read at first use and again when they have changed. */
#ifndef UH_ROUTES_H
#define UH_ROUTES_H

#include "names/name_query.h"
#include "socket/decision.h"

/*
 * Decides about a connection of fd to an address of length bytes, as the program passed it, by
 * the routes for a protocol (UH_ANY: that of the socket is not known yet). If decision.routes
 * is set, the caller holds that snapshot and gives it back by uh_routes_release; it is NULL for
 * a connection that must be left to libc.
 *
 * For an address that no route can match, costs a look at the clock and one at a bit; once a
 * second the configuration is checked for changes first. A first read, or one of a changed
 * configuration, is done with signals blocked and cancellation held (load_routes.h). errno is
 * kept. Async-signal-safe.
 */
struct uh_decision uh_routes_decide(int fd, const struct sockaddr *address, socklen_t length,
				    enum uh_protocol protocol);

/*
 * Acquires the newest snapshot of the routes, after they were read if that was not done yet, or
 * not since the configuration changed (as above). Its table is NULL if nothing is routed. It
 * does not change until uh_routes_release. Neither function waits, except for a first read.
 * errno is kept. Async-signal-safe.
 */
const struct uh_routes *uh_routes_acquire(void);
void uh_routes_release(const struct uh_routes *routes);

/*
 * The same without a look at the clock and the configuration: for a call that has made that
 * look (uh_routes_may_match). Async-signal-safe.
 */
const struct uh_routes *uh_routes_acquire_current(void);

/* uh_routes_release for pthread_cleanup_push(3): a cancelled thread must not keep its snapshot.
 */
void uh_routes_cleanup(void *routes);

/* uh_names_query by the routes of this process. */
bool uh_routes_query_name(struct uh_name_query *query);

/*
 * Copies the name that a stand-in address stands for (for a wildcard route "*." and the rest)
 * into name of UH_NAME_MAX + 1 bytes. False if it is no stand-in. errno is kept.
 * Async-signal-safe.
 */
bool uh_name_of_stand_in(const struct uh_address *address, char *name);

/*
 * Reads the routes if they were not read yet; called before the program changes its user. errno
 * is kept. Async-signal-safe.
 */
void uh_routes_read(void);

/*
 * The same, and then freezes them (freeze.h): the configuration is not read again. Called
 * before the program changes its view of the file system or the system calls that it may make.
 * Undone by uh_unfreeze if the program's call fails. errno is kept. Async-signal-safe.
 */
void uh_routes_freeze(void);

/*
 * True if a route may match an address of length bytes, as the program passes it for fd; *asked
 * is then the parsed address. Else the address can be left to libc. Costs what
 * uh_routes_decide costs for an address that no route can match, and reads the routes likewise.
 * errno is kept. Async-signal-safe.
 */
bool uh_routes_may_match(int fd, const struct sockaddr *address, socklen_t length,
			 struct uh_endpoint *asked);

/*
 * uh_real_name (fallback.h) for the address that a program passes to bind(2); always 0 before
 * this process was given its first stand-in. Async-signal-safe as uh_real_name is.
 */
socklen_t uh_real_name_of(int fd, const struct sockaddr *address, socklen_t length,
			  struct sockaddr_storage *real);

/*
 * uh_real_name_to_bind (fallback.h) for the address that a program passes, also if another
 * process was given the stand-in. Async-signal-safe as uh_real_name is.
 */
socklen_t uh_real_name_to_bind_of(int fd, const struct sockaddr *address, socklen_t length,
				  struct sockaddr_storage *real);

#endif

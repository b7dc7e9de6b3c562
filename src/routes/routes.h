/* SPDX-License-Identifier: MIT */
/* routes.h: the routes of this process, read on first use and again when they have changed. */
#ifndef UH_ROUTES_H
#define UH_ROUTES_H

#include "names/name_query.h"
#include "socket/routed_socket.h"

/*
 * False when no route can hold the address. Costs a look at the clock and one at a bit; once a
 * second it looks for changes first. A first read, or one of a changed configuration, is done
 * with signals blocked and cancellation held (load_routes.h). errno is kept. Async-signal-safe.
 */
bool uh_routes_prefilter(const struct uh_address *address);

/*
 * The routes, read now if they have not been, or not since they changed (as above); their table
 * is NULL when nothing is routed. They stay as they are until uh_routes_release. Neither waits
 * for anybody but a first read. errno is kept. Async-signal-safe.
 */
const struct uh_routes *uh_routes_acquire(void);
void uh_routes_release(const struct uh_routes *routes);

/* The same for pthread_cleanup_push(3): a cancelled thread must not hold on to its version. */
void uh_routes_cleanup(void *routes);

/* True when a connection is not libc's own business: see uh_table_concerns. */
bool uh_routes_match(const struct uh_endpoint *asked, enum uh_protocol protocol);

/* uh_names_query by the routes of this process. */
bool uh_routes_query_name(struct uh_name_query *query);

/* Copies the name, or "*." and more, that an address stands for; name holds UH_NAME_MAX + 1. */
bool uh_name_of_stand_in(const struct uh_address *address, char *name);

/* Reads the routes now if they have not been: before the program changes its user. */
void uh_routes_read(void);

/*
 * The same, and from here on what was read holds for good: before the program changes its view
 * of the file system, or what it may call. Taken back by uh_unfreeze (freeze.h) if it doesn't.
 */
void uh_routes_freeze(void);

/*
 * uh_real_name (routed_socket.h) for the address that a program passes, once this process
 * was given any stand-in; before, always 0. Async-signal-safe likewise.
 */
socklen_t uh_real_name_of(int fd, const struct sockaddr *address, socklen_t length,
			  struct sockaddr_storage *real);

/* uh_real_name_to_bind (routed_socket.h) likewise, whoever was given the stand-in. */
socklen_t uh_real_name_to_bind_of(int fd, const struct sockaddr *address, socklen_t length,
				  struct sockaddr_storage *real);

#endif

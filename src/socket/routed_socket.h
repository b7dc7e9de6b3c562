/* SPDX-License-Identifier: MIT */
/* routed_socket.h: connects sockets by a route, for the exported functions. */
#ifndef UH_ROUTED_SOCKET_H
#define UH_ROUTED_SOCKET_H

#include "table/table.h"

/*
 * Told of each connection that has a route: where the program asked to go, the route, and the
 * target that took it, or NULL when none answered; route NULL: a stand-in that no route knows.
 * error is 0 when the target is connected, else the errno of its connect(2), EINPROGRESS
 * included, or of the last target that was asked; 0 too where none was asked. May run in a
 * signal handler.
 */
typedef void uh_tell_function(const struct uh_table *table, const struct uh_endpoint *asked,
			      const struct uh_table_route *route,
			      const struct uh_table_target *target, int error);

/* Why a target did not answer. */
struct uh_failure {
	int error;	 /* errno of the call that said so */
	bool wrong_peer; /* it is none of the route's peer_user that runs it, but user */
	uint32_t user;
};

/*
 * Told of a target that does not answer any more, with the reason, or answers again (failure
 * NULL): not of each connection. May run in a signal handler.
 */
typedef void uh_tell_target_function(const struct uh_table *table,
				     const struct uh_endpoint *asked,
				     const struct uh_table_route *route,
				     const struct uh_table_target *target,
				     const struct uh_failure *failure);

/* The routes that this process uses, with what is true of this process. */
struct uh_routes {
	const struct uh_table *table; /* NULL: nothing is routed */
	struct uh_self self;
	uh_tell_function *tell;		      /* NULL: nobody wants to know */
	uh_tell_target_function *tell_target; /* the same */
};

/* What the routes say of a connection. */
struct uh_decision {
	const struct uh_routes *routes;	    /* NULL: the connection is none of theirs */
	const struct uh_table_route *route; /* the route, as uh_table_concerns sets it */
	struct uh_endpoint asked;
	bool is_ip; /* the program's address is an IP address: asked is set */
};

/*
 * libc's connect(2) with what must be known of routed sockets: EISCONN on one that was
 * replaced, and AF_UNSPEC ends a routed connection as it ends any other. Async-signal-safe.
 */
int uh_connect_unrouted(int fd, const struct sockaddr *address, socklen_t length);

/*
 * Where datagrams of fd to asked go, which the program passed as address: writes the first real
 * address of a stand-in's name and family into *real and returns its length. Returns 0 where
 * the address itself is meant, or UH_NOWHERE with errno ENETUNREACH: no route knows the
 * stand-in (which is told), or its name has no such address. On a stream, where bind(2) alone
 * heeds an address, as far as it is known. Async-signal-safe as uh_names_find_real
 * (name_query.h) is.
 */
#define UH_NOWHERE UINT32_MAX
socklen_t uh_real_name(const struct uh_routes *routes, int fd, const struct uh_endpoint *asked,
		       const struct sockaddr *address, struct sockaddr_storage *real);

/*
 * The same for a bind(2) that has failed because this host has no such address: the name is
 * looked up if this process has not done so, whatever the kind of the socket. Returns 0 if the
 * address is no stand-in, no route knows it, or its name has no address of its family.
 */
socklen_t uh_real_name_to_bind(const struct uh_routes *routes, const struct uh_endpoint *asked,
			       const struct sockaddr *address, struct sockaddr_storage *real);

#endif

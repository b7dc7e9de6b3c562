/* SPDX-License-Identifier: MIT */
/* decision.h: what the routes decide about a connection, and how it is reported. */
#ifndef UH_DECISION_H
#define UH_DECISION_H

#include "table/table.h"

/*
 * Reports a connection that has a route: the destination, the route, and the target that took
 * it, or NULL if none answered. A route of NULL means a stand-in that no route knows. error is
 * 0 if the target is connected; else the errno of its connect(2), EINPROGRESS included, or of
 * the last target that was tried; 0 if none was tried. May run in a signal handler.
 */
typedef void uh_tell_function(const struct uh_table *table, const struct uh_endpoint *asked,
			      const struct uh_table_route *route,
			      const struct uh_table_target *target, int error);

/* The reason why a target did not answer. */
struct uh_failure {
	int error;	 /* errno of the call that failed */
	bool wrong_peer; /* the target is run by user, who is not in the route's peer_user */
	uint32_t user;
};

/*
 * Reports a target that stops answering, with the reason, or that answers again (failure NULL);
 * not called for each connection. May run in a signal handler.
 */
typedef void uh_tell_target_function(const struct uh_table *table,
				     const struct uh_endpoint *asked,
				     const struct uh_table_route *route,
				     const struct uh_table_target *target,
				     const struct uh_failure *failure);

/* The routes of this process, with what is true of the process. */
struct uh_routes {
	const struct uh_table *table; /* NULL: nothing is routed */
	struct uh_self self;
	uh_tell_function *tell;		      /* NULL: nothing is reported */
	uh_tell_target_function *tell_target; /* NULL: the same */
};

/* The decision about a connection (uh_routes_decide in routes.h). */
struct uh_decision {
	const struct uh_routes *routes;	    /* NULL: the connection is left to libc */
	const struct uh_table_route *route; /* the route that uh_table_concerns found */
	struct uh_endpoint asked;
	bool is_ip; /* asked is set: the program passed an IP address */
};

#endif

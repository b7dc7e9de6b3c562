/* SPDX-License-Identifier: MIT */
/* decision.h: what the routes decide about a connection, and what is said of it. */
#ifndef UH_DECISION_H
#define UH_DECISION_H

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

#endif

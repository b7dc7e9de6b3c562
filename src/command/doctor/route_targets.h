/* SPDX-License-Identifier: MIT */
/* route_targets.h: the targets of the routes that concern a program, and who can reach them. */
#ifndef UH_ROUTE_TARGETS_H
#define UH_ROUTE_TARGETS_H

#include <stdbool.h>

#include "command/inspect/socket_access.h"
#include "report.h"
#include "table/table.h"

/* The program whose connections are examined. */
struct uh_concerned {
	const char *program; /* path of its executable; NULL: not known, so each may be meant */
	uid_t user;
	bool any_user; /* its user is not known, or it can change the user */
};

/* One target of one route. */
struct uh_visited {
	const char *route; /* the route's destination, as written */
	uint32_t target;   /* index in the table (uh_doctor_unreachable()) */
	const char
	    *path; /* of a Unix socket, "@name" for an abstract one; NULL: an IP target */
	struct uh_address address;   /* of an IP target */
	const struct uh_user *peers; /* the route's peer_users */
	size_t peer_count;
};

/*
 * Calls visit for each target of each route that concerns the program. A Unix target with %p or
 * %a has several paths: visit is called for each, or, if they are more than 16, once with the
 * directory of them all, which ends in "/".
 */
void uh_each_target(const struct uh_table *table, const struct uh_concerned *concerned,
		    void (*visit)(void *context, const struct uh_visited *visited),
		    void *context);

/*
 * The number of routes that concern the program, and of those of them with no target that can
 * be reached. Routes to "direct" and "refuse" are not counted.
 */
struct uh_route_counts {
	unsigned routes, unreachable;
};
struct uh_route_counts uh_count_routes(const struct uh_doctor_report *report,
				       const struct uh_table *table,
				       const struct uh_concerned *concerned);

/* The user and process whose access to sockets is checked. */
struct uh_client {
	const char *name; /* name in findings */
	const char *root; /* path of its root directory; "" for this process's */
	struct uh_credentials identity;
	bool other_network; /* it is in another network name space */
};

/* Reports a Unix target that the client cannot connect to. */
void uh_doctor_unix_target(struct uh_doctor_report *report, const struct uh_visited *visited,
			   const struct uh_client *client);

/* Does so for each Unix target of the routes that concern the program. */
void uh_doctor_unix_targets(struct uh_doctor_report *report, const struct uh_table *table,
			    const struct uh_concerned *concerned,
			    const struct uh_client *client);

#endif

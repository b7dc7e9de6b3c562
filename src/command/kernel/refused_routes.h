/* SPDX-License-Identifier: MIT */
/*
 * refused_routes.h: the routes that `kernel enable` and `kernel reload` refuse.
 *
 * In the kernel a route holds for every program, also for those that an administrator would
 * repair the configuration with. A route to "direct" is never refused. A route that would take
 * connections to its own target needs no refusal here: such a table is not made
 * (build/target_loops.c).
 */
#ifndef UH_REFUSED_ROUTES_H
#define UH_REFUSED_ROUTES_H

#include "table/table.h"

/* True if the kernel redirects or fails connections by the route (carriable.h). Pure. */
bool uh_route_is_followed(const struct uh_table *table, const struct uh_table_route *route);

/* A refused route of a table, and the reason: a clause whose subject is the route. */
struct uh_refusal {
	const struct uh_table_route *route;
	const char *reason;
};

/*
 * Returns the reason why a route of the table is refused, or NULL. The kernel would follow the
 * route, and the route is for every address of a family, or can win for ssh on
 * loopback (TCP to port 22 of 127.0.0.1 or ::1). Pure.
 */
const char *uh_route_refusal(const struct uh_table *table, const struct uh_table_route *route);

/* Finds the first refused route of a table. Returns false if there is none. Pure. */
bool uh_refused_route(const struct uh_table *table, struct uh_refusal *refusal);

#endif

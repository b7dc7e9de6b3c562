/* SPDX-License-Identifier: MIT */
/* idle_routes.h: the routes that are written in a configuration and are not in its table. */
#ifndef UH_IDLE_ROUTES_H
#define UH_IDLE_ROUTES_H

#include "table/route.h"

/*
 * A written route. The texts are owned by the list. A route that is not disabled was replaced
 * by another one, with override or from UNHAIRPIN_ROUTES.
 */
struct uh_idle_route {
	char *destination, *targets, *file; /* targets are separated by ", " */
	unsigned line;
	bool disabled;
};

/* The routes in the order of reading. {0} is an empty list. */
struct uh_idle_routes {
	struct uh_idle_route *list;
	size_t count;
	bool failed; /* memory ran out */
};

/* Adds a copy of a written route. */
void uh_idle_routes_add(struct uh_idle_routes *routes, const struct uh_route *route,
			bool disabled);

/* Removes the routes of the table. Returns false if memory ran out, now or before. */
bool uh_idle_routes_keep(struct uh_idle_routes *routes, const struct uh_table *table);
void uh_idle_routes_free(struct uh_idle_routes *routes);

#endif

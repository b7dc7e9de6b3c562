/* SPDX-License-Identifier: MIT */
/* same_route.h: tells if routes of two tables do the same. */
#ifndef UH_SAME_ROUTE_H
#define UH_SAME_ROUTE_H

#include "table/table.h"

/*
 * True if a route of the first table and one of the second have the same targets, options and
 * conditions. Their destinations, protocols and places may differ.
 */
bool uh_routes_are_same(const struct uh_table *const table[2], const struct uh_table_route *a,
			const struct uh_table_route *b);

#endif

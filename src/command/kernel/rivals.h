/* SPDX-License-Identifier: MIT */
/* rivals.h: how the routes for the same connections stand to each other in the kernel. */
#ifndef UH_RIVALS_H
#define UH_RIVALS_H

#include "table/table.h"

/*
 * Returns the most specific route that would be followed (carried, or to "refuse") if this one,
 * which is not carried, were not there: the kernel leaves connections alone that the two have
 * in common. NULL if there is no such route.
 */
const struct uh_table_route *uh_route_hidden(const struct uh_table *table,
					     const struct uh_table_route *route);

/*
 * Sets unreached[i] for each route i of the table that, for some connections, has so many
 * routes with users before it that the kernel does not come to it (UH_CHAIN_MAX). unreached has
 * uh_table_routes() items, all false.
 */
void uh_routes_unreached(const struct uh_table *table, bool *unreached);

#endif

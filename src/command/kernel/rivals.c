/* SPDX-License-Identifier: MIT */
/*
 * rivals.c: walks through the connections of a route, and looks at the other routes for them.
 *
 * Prefixes are nested, so the first address of a destination has all the routes that any of its
 * addresses has, except for more specific ones. The ports are walked stretch by stretch.
 */
#include "rivals.h"

#include "base/hostname.h"
#include "build/route_text.h"
#include "kernel_table.h"
#include "refused_routes.h"
#include "table/search.h"
#include "table/section.h"

/* A walk: one stretch of ports and one protocol of a route at a time. */
struct walk {
	const struct uh_table *table;
	const struct uh_table_route *route;
	struct uh_destination destination;
	char name[UH_NAME_MAX + 1];
	struct uh_endpoint asked;
	struct uh_search search;
};

/* Goes to the first port. Returns false if the route is damaged. */
static bool begin(struct walk *walk, const struct uh_table *table,
		  const struct uh_table_route *route)
{
	const char *text = uh_table_text(table, route->text);
	char why[UH_WHY];

	*walk = (struct walk){.table = table, .route = route};
	if (!uh_destination_parse(text, &walk->destination, why))
		return false;
	walk->search = (struct uh_search){.table = table, .destination = &walk->asked};
	if (uh_destination_name(text, walk->name))
		walk->search.name = walk->name;
	else
		walk->asked.address = walk->destination.address;
	walk->asked.port = walk->destination.first_port;
	walk->search.protocol = route->protocol & UH_TCP ? UH_TCP : UH_UDP;
	return true;
}

/* Goes to the next protocol, or to the next stretch of ports. Returns false at the end. */
static bool next(struct walk *walk)
{
	uint32_t port;

	if (walk->search.protocol == UH_TCP && (walk->route->protocol & UH_UDP)) {
		walk->search.protocol = UH_UDP;
		return true;
	}
	port = uh_search_next_port(&walk->search);
	if (port > walk->destination.last_port)
		return false;
	walk->asked.port = (uint16_t)port;
	walk->search.protocol = walk->route->protocol & UH_TCP ? UH_TCP : UH_UDP;
	return true;
}

static uint32_t index_of(const struct uh_table *table, const struct uh_table_route *route)
{
	const struct uh_table_route *first = uh_section(table, UH_ROUTES);

	return (uint32_t)(route - first);
}

const struct uh_table_route *uh_route_hidden(const struct uh_table *table,
					     const struct uh_table_route *route)
{
	struct walk walk;
	bool more = begin(&walk, table, route);
	uint32_t best = UH_NONE;

	for (; more; more = next(&walk)) {
		uint32_t i = uh_search_from(&walk.search, index_of(table, route) + 1);
		const struct uh_table_route *hidden = uh_table_route(table, i);

		if (hidden && i < best && uh_route_is_followed(table, hidden))
			best = i;
	}
	return uh_table_route(table, best);
}

/*
 * Counts the routes at the place of the walk, up to the first one for everyone, and marks those
 * that do not fit into a chain, unless unreached is NULL. *for_everyone tells if the last one
 * is.
 */
static uint32_t count_routes(struct walk *walk, bool *unreached, bool *for_everyone)
{
	uint32_t count = 0;

	*for_everyone = false;
	for (uint32_t i = uh_search_from(&walk->search, 0); i != UH_NONE && !*for_everyone;
	     i = uh_search_from(&walk->search, i + 1)) {
		const struct uh_table_route *route = uh_table_route(walk->table, i);

		if (unreached && count >= UH_CHAIN_MAX - 1)
			unreached[i] = true;
		*for_everyone = route && route->user_count == 0;
		count++;
	}
	return count;
}

/* The last cell of a chain that is too long says "to the original address" (flatten.c). */
static void mark_unreached(struct walk *walk, bool *unreached)
{
	bool for_everyone;
	uint32_t count = count_routes(walk, NULL, &for_everyone);

	if (count > UH_CHAIN_MAX ||
	    (count == UH_CHAIN_MAX && !for_everyone && walk->search.name))
		count_routes(walk, unreached, &for_everyone);
}

void uh_routes_unreached(const struct uh_table *table, bool *unreached)
{
	for (uint32_t i = 0; i < uh_table_routes(table); i++) {
		const struct uh_table_route *route = uh_table_route(table, i);
		struct walk walk;
		bool more = route && route->user_count > 0 && begin(&walk, table, route);

		for (; more; more = next(&walk))
			mark_unreached(&walk, unreached);
	}
}

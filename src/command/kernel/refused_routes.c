/* SPDX-License-Identifier: MIT */
/* refused_routes.c: finds the routes that could take the administrator's own connections. */
#include "refused_routes.h"

#include "build/route_text.h"
#include "flatten/carriable.h"
#include "kernel_table.h"

#define SSH_PORT 22

bool uh_route_is_followed(const struct uh_table *table, const struct uh_table_route *route)
{
	enum uh_carriable carriable = uh_route_carriable(table, route);

	return carriable == UH_CARRIED ||
	       (carriable == UH_CARRIED_EXCEPTION && uh_table_refuses(table, route));
}

/* True if the route is the answer of the kernel for a destination, for some user. */
static bool can_win(const struct uh_table *table, const struct uh_table_route *route,
		    const struct uh_endpoint *destination, enum uh_protocol protocol)
{
	const struct uh_table_route *found[UH_CHAIN_MAX];
	size_t count =
	    uh_table_find_all(table, NULL, destination, protocol, NULL, found, UH_CHAIN_MAX);

	for (size_t i = 0; i < count && i < UH_CHAIN_MAX; i++) {
		if (found[i] == route)
			return true;
		if (found[i]->user_count == 0)
			return false;
	}
	return false;
}

static bool is_for_every_address(const struct uh_destination *destination)
{
	return destination->prefix_length == 0 || (destination->prefix_length == UH_V4_PREFIX &&
						   uh_address_is_v4(&destination->address));
}

static bool catches_ssh(const struct uh_table *table, const struct uh_table_route *route)
{
	static const struct uh_endpoint ipv4 = {
	    .address = {{[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1}}, .port = SSH_PORT};
	static const struct uh_endpoint ipv6 = {.address = {{[15] = 1}}, .port = SSH_PORT};

	return can_win(table, route, &ipv4, UH_TCP) || can_win(table, route, &ipv6, UH_TCP);
}

const char *uh_route_refusal(const struct uh_table *table, const struct uh_table_route *route)
{
	struct uh_destination destination;
	char why[UH_WHY];

	if (!uh_route_is_followed(table, route) ||
	    !uh_destination_parse(uh_table_text(table, route->text), &destination, why))
		return NULL;
	if (is_for_every_address(&destination))
		return "is for every address, so in the kernel it would take every connection "
		       "of every program; expected a narrower destination";
	if (catches_ssh(table, route))
		return "would take ssh on loopback (127.0.0.1:22 or [::1]:22) from every "
		       "program; expected other ports, or a more specific route for port 22 "
		       "that leads to \"direct\"";
	return NULL;
}

bool uh_refused_route(const struct uh_table *table, struct uh_refusal *refusal)
{
	for (uint32_t i = 0; i < uh_table_routes(table); i++) {
		const struct uh_table_route *route = uh_table_route(table, i);

		*refusal =
		    (struct uh_refusal){route, route ? uh_route_refusal(table, route) : NULL};
		if (refusal->reason)
			return true;
	}
	return false;
}

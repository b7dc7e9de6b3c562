/* SPDX-License-Identifier: MIT */
/* carriable.c: decides which routes the kernel can carry. */
#include "carriable.h"

const struct uh_table_target *uh_route_ip_target(const struct uh_table *table,
						 const struct uh_table_route *route,
						 enum uh_family family, uint32_t *index)
{
	for (uint32_t i = 0; i < route->targets; i++) {
		const struct uh_table_target *target = uh_table_target(table, route, i);
		bool is_ipv4 = uh_address_is_v4(&target->address);

		if (target->kind != UH_TARGET_IP || is_ipv4 != (family == UH_IPV4))
			continue;
		if (index)
			*index = i;
		return target;
	}
	return NULL;
}

/* A route with conditions that the kernel cannot see is not carried even to "direct". */
enum uh_carriable uh_route_carriable(const struct uh_table *table,
				     const struct uh_table_route *route)
{
	if (route->programs != UH_NONE)
		return UH_FOR_PROGRAMS;
	if (uh_table_goes_direct(table, route) || uh_table_refuses(table, route))
		return UH_CARRIED_EXCEPTION;
	if (!uh_route_ip_target(table, route, UH_IPV4, NULL) &&
	    !uh_route_ip_target(table, route, UH_IPV6, NULL))
		return UH_ONLY_UNIX;
	if (route->peer_count > 0)
		return UH_WITH_PEER_USER;
	return UH_CARRIED;
}

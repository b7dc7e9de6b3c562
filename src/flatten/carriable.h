/* SPDX-License-Identifier: MIT */
/* carriable.h: which routes the kernel can carry. */
#ifndef UH_CARRIABLE_H
#define UH_CARRIABLE_H

#include "table/table.h"

/* The verdict for a route. Each after the second is a reason why the kernel cannot carry it. */
enum uh_carriable {
	UH_CARRIED,
	UH_CARRIED_EXCEPTION, /* "direct" or "refuse" */
	UH_ONLY_UNIX,	      /* no target is an IP address */
	UH_FOR_PROGRAMS,      /* the kernel does not know the program's executable */
	UH_WITH_PEER_USER,    /* the kernel does not connect, so it sees no peer */
};

/* True if the kernel does with the route as the configuration says. */
static inline bool uh_is_carried(enum uh_carriable carriable)
{
	return carriable == UH_CARRIED || carriable == UH_CARRIED_EXCEPTION;
}

/* Returns the verdict for a route of the table. */
enum uh_carriable uh_route_carriable(const struct uh_table *table,
				     const struct uh_table_route *route);

/*
 * Returns the first IP target of a carried route that a socket of the family (UH_IPV4 or
 * UH_IPV6) can connect to with an address of that family, or NULL. *index, if not NULL, becomes
 * its place in the route's list.
 */
const struct uh_table_target *uh_route_ip_target(const struct uh_table *table,
						 const struct uh_table_route *route,
						 enum uh_family family, uint32_t *index);

#endif

/* SPDX-License-Identifier: MIT */
/* datagram_by_route.h: where a datagram goes that is sent with an address beside it. */
#ifndef UH_DATAGRAM_BY_ROUTE_H
#define UH_DATAGRAM_BY_ROUTE_H

#include <netinet/in.h>

#include "decision.h"

/* An address that is passed to sendto(2). */
union uh_ip_name {
	struct sockaddr address;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* The decision about one datagram. */
struct uh_datagram {
	const struct uh_table_route *route;   /* NULL: no route is for it */
	const struct uh_table_target *target; /* where the route leads; NULL: nowhere */
	int error;	  /* not 0: the datagram is not sent, and errno is this */
	socklen_t length; /* of name; 0: it goes to the address that the program passed */
	union uh_ip_name name;
};

/*
 * Decides where a datagram of fd to asked goes, which the program passed as address: to the
 * first IP target of the route for UDP that the socket can send to, without a look at
 * on_failure; with EPERM nowhere if the route is "refuse", as a firewall's REJECT has it; a
 * stand-in without such a route to the name's real address (uh_real_name in fallback.h), for
 * which a route may be in turn. A datagram that goes elsewhere is noted, so that the answer
 * bears the asked address (asked_addresses.h). Sockets that are no UDP sockets, and those with
 * SO_BROADCAST or IP_TRANSPARENT, are left alone, except with stand-ins.
 *
 * route and target belong to the table of routes. errno is kept. Async-signal-safe as
 * uh_real_name is.
 */
void uh_datagram_decide(const struct uh_routes *routes, int fd, const struct uh_endpoint *asked,
			const struct sockaddr *address, struct uh_datagram *datagram);

#endif

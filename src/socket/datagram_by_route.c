/* SPDX-License-Identifier: MIT */
/* datagram_by_route.c: where a datagram goes that is sent with an address beside it. */
#include "datagram_by_route.h"

#include <errno.h>

#include "fallback.h"
#include "process/user_memory.h"
#include "table/stand_in.h"
#include "socket/state/asked_addresses.h"
#include "socket/state/datagram_socket.h"

/* A datagram, while the decision about it is made. */
struct question {
	const struct uh_routes *routes;
	int fd;
	const struct uh_endpoint *asked;
	sa_family_t family; /* of the address that the datagram is sent with */
	bool may_route;	    /* the socket is one whose datagrams may be routed */
	bool replaced;	    /* connect(2) put a socket of the other family in its place */
	struct uh_datagram_socket socket;
};

/*
 * Sets the datagram's name to an endpoint. False if the socket cannot send there: an address of
 * the family AF_INET has no room for IPv6, and an IPv6 socket may not send to IPv4.
 */
static bool set_name(const struct question *question, const struct uh_endpoint *to,
		     struct uh_datagram *datagram)
{
	struct sockaddr_storage name;
	socklen_t length = uh_endpoint_to_sockaddr(to, question->family, &name);

	if (!length || (question->family != AF_INET && uh_address_is_v4(&to->address) &&
			!uh_address_is_v4(&question->asked->address) &&
			!uh_datagram_socket_sends_v4(question->fd)))
		return false;
	memcpy(&datagram->name, &name, length);
	datagram->length = length;
	uh_asked_add(question->fd, question->socket.identity, question->socket.domain, to,
		     question->asked);
	return true;
}

/*
 * Decides by the route for an endpoint: the one that was asked for, or the real address of a
 * stand-in. Returns false if the datagram goes to the endpoint itself.
 */
static bool decide_by_route(const struct question *question, const struct uh_endpoint *endpoint,
			    const struct uh_table_route *route, struct uh_datagram *datagram)
{
	const struct uh_table *table = question->routes->table;

	if (!question->may_route || uh_table_goes_direct(table, route))
		return false;
	datagram->route = route;
	if (uh_table_refuses(table, route)) {
		datagram->error = EPERM;
		return true;
	}
	for (uint32_t i = 0; i < route->targets; i++) {
		const struct uh_table_target *target = uh_table_target(table, route, i);
		const struct uh_endpoint to = {
		    .address = target->address,
		    .scope_id = target->scope_id,
		    .port = target->port ? target->port : endpoint->port,
		};

		if (target->kind != UH_TARGET_IP || !set_name(question, &to, datagram))
			continue;
		datagram->target = target;
		return true;
	}
	return false;
}

/* Sends a datagram to a stand-in to the real address of its name. */
static void decide_by_name(const struct question *question, const struct sockaddr *address,
			   struct uh_datagram *datagram)
{
	const struct uh_routes *routes = question->routes;
	struct sockaddr_storage name;
	struct uh_endpoint real;
	int saved = errno;
	socklen_t length = uh_real_name(routes, question->fd, question->asked, address, &name);

	if (length == UH_NOWHERE)
		datagram->error = errno;
	errno = saved;
	if (!length || length == UH_NOWHERE ||
	    !uh_endpoint_from_sockaddr((struct sockaddr *)&name, length, &real) ||
	    (question->may_route &&
	     (decide_by_route(question, &real,
			      uh_table_find(routes->table, &real, UH_UDP, &routes->self),
			      datagram) ||
	      set_name(question, &real, datagram))))
		return;
	memcpy(&datagram->name, &name, length);
	datagram->length = length;
}

/*
 * Sends a datagram to the endpoint that was asked for, which may be a target, too. Nothing
 * makes an IPv4 socket send to IPv6.
 */
static void send_directly(const struct question *question, struct uh_datagram *datagram)
{
	struct sockaddr_storage name;

	if (!question->may_route || !uh_may_have_asked(question->fd))
		return;
	uh_asked_directly(question->socket.identity, question->asked);
	if (!question->replaced)
		return;
	datagram->length = uh_endpoint_to_sockaddr(question->asked, question->family, &name);
	memcpy(&datagram->name, &name, datagram->length);
}

/* A replacement takes no address of the family of the program's socket. */
static void read_socket(struct question *question)
{
	sa_family_t domain = 0;

	question->may_route = uh_datagram_socket_read(question->fd, &question->socket);
	if (question->may_route && uh_may_have_asked(question->fd))
		domain = uh_asked_domain(question->socket.identity);
	question->replaced = domain && domain != question->socket.domain;
	if (question->replaced)
		question->family = question->socket.domain;
}

void uh_datagram_decide(const struct uh_routes *routes, int fd, const struct uh_endpoint *asked,
			const struct sockaddr *address, struct uh_datagram *datagram)
{
	struct question question = {
	    .routes = routes, .fd = fd, .asked = asked, .family = uh_family_of(address)};
	const struct uh_table_route *route = NULL;
	bool concerns = routes->table &&
			uh_table_concerns(routes->table, asked, UH_UDP, &routes->self, &route);

	*datagram = (struct uh_datagram){.route = NULL};
	if (!concerns && !uh_may_have_asked(fd))
		return;
	read_socket(&question);
	if (concerns && decide_by_route(&question, asked, route, datagram))
		return;
	if (concerns && uh_table_in_pool(routes->table, &asked->address))
		decide_by_name(&question, address, datagram);
	else
		send_directly(&question, datagram);
}

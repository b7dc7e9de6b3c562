/* SPDX-License-Identifier: MIT */
/*
 * connect_by_route.c: what happens to a routed connection before its targets are tried, and
 * after.
 */
#include "connect_by_route.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>

#include "connect_unrouted.h"
#include "fallback.h"
#include "libc/libc.h"
#include "process/user_memory.h"
#include "restore_socket.h"
#include "socket/state/fd_hints.h"

static uint32_t flow_of(const struct sockaddr *address)
{
	struct sockaddr_in6 in6;

	if (uh_family_of(address) != AF_INET6)
		return 0;
	memcpy(&in6, address, offsetof(struct sockaddr_in6, sin6_scope_id));
	return in6.sin6_flowinfo;
}

/*
 * True, with errno, if an earlier attempt on this TCP socket failed and connect(2) has not yet
 * reported that. The kernel does so in the next connect(2), whatever the address
 * (__inet_stream_connect() in linux/net/ipv4/af_inet.c). An address that is too short gets as
 * far as that report and no further.
 */
static bool tells_failure(int fd)
{
	const struct sockaddr nowhere = {.sa_family = AF_INET};

	return uh_libc_connect()(fd, &nowhere, sizeof(nowhere.sa_family)) != 0 &&
	       errno != EINVAL && errno != EPERM && errno != EACCES && errno != ENOSYS;
}

/*
 * True if the kernel would look at an address of the family. A datagram socket of IPv6 also
 * takes an IPv4 address (__ip6_datagram_connect() in linux/net/ipv6/datagram.c).
 */
static bool takes_family(const struct uh_socket *socket, int protocol, sa_family_t family)
{
	if (protocol == UH_UDP && socket->domain == AF_INET6 && family == AF_INET)
		return !uh_get_int_option(socket->fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	return socket->domain == family;
}

bool uh_connect_begin(struct uh_connect_call *call, const struct uh_decision *decision, int fd,
		      const struct sockaddr *address, socklen_t length, int *result)
{
	const struct uh_routes *routes = decision->routes;
	struct uh_fd_creation made;
	int protocol;

	pthread_testcancel(); /* as connect(2); nothing is open yet */
	if (!uh_fd_is_pristine(fd, &made))
		uh_restore_if_idle(fd);
	protocol = uh_socket_read(fd, &call->socket);
	/* An address of the other family is an error of the program: the kernel reports it. */
	if (!protocol || !takes_family(&call->socket, protocol, uh_family_of(address))) {
		*result = uh_connect_other_kind(routes, fd, &decision->asked, address, length);
		return false;
	}
	*call = (struct uh_connect_call){
	    .routes = routes,
	    .protocol = (enum uh_protocol)protocol,
	    .socket = call->socket,
	    .address = address,
	    .length = length,
	    .saved = errno,
	    .attempt = {.table = routes->table,
			.route = decision->route,
			.socket = &call->socket,
			.asked = &decision->asked,
			.destination = &decision->asked,
			.flow = flow_of(address)},
	};
	if (decision->route && !(decision->route->protocol & protocol))
		call->attempt.route = uh_table_find(routes->table, &decision->asked,
						    call->protocol, &routes->self);
	if (uh_table_goes_direct(routes->table, call->attempt.route)) {
		*result = uh_connect_original(routes, &call->attempt, call->protocol, address,
					      length);
		return false;
	}
	*result = -1;
	if (protocol == UH_TCP && !call->socket.is_new && tells_failure(fd))
		return false;
	errno = 0; /* in case no target is tried */
	return true;
}

int uh_connect_end(struct uh_connect_call *call, enum uh_outcome outcome)
{
	const struct uh_routes *routes = call->routes;
	const struct uh_target_attempt *attempt = &call->attempt;
	int error = uh_table_refuses(routes->table, attempt->route)
			? uh_attempt_refusal(attempt)
			: errno;

	if (routes->tell)
		routes->tell(routes->table, attempt->asked, attempt->route,
			     outcome == UH_NO_ANSWER ? NULL : attempt->target,
			     outcome == UH_CONNECTED ? 0 : error);
	errno = error;
	if (outcome == UH_CONNECTED)
		return uh_attempt_result(attempt, call->saved);
	if (outcome == UH_FINAL)
		return -1;
	errno = call->saved;
	if (attempt->route->on_failure == UH_ORIGINAL)
		return uh_connect_original(routes, &call->attempt, call->protocol,
					   call->address, call->length);
	errno = uh_attempt_refusal(attempt);
	return -1;
}

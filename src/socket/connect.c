/* SPDX-License-Identifier: MIT */
/* connect.c: takes a connection through the targets of its route. */
#include <errno.h>
#include <netinet/in.h>

#include "carry.h"
#include "descriptors.h"
#include "libc.h"
#include "notes.h"
#include "records.h"
#include "replace.h"
#include "socket.h"
#include "targets.h"
#include "user_memory.h"

static uint32_t flow_of(const struct sockaddr *address)
{
	if (address->sa_family != AF_INET6)
		return 0;
	return ((const struct sockaddr_in6 *)(const void *)address)->sin6_flowinfo;
}

/* Tries the targets in order. A Unix target is for streams only: a datagram socket passes it by. */
static enum uh_outcome try_targets(struct uh_try *try, const struct uh_table_route *route)
{
	enum uh_outcome outcome = UH_NO_ANSWER;

	for (uint32_t i = 0; i < route->targets && outcome == UH_NO_ANSWER; i++) {
		try->target = uh_table_target(try->table, route, i);
		if (try->target->kind == UH_TARGET_IP)
			outcome = uh_try_ip(try);
		else if (try->target->kind == UH_TARGET_UNIX && try->socket->type == SOCK_STREAM)
			outcome = uh_try_unix(try);
	}
	return outcome;
}

static bool goes_direct(const struct uh_table *table, const struct uh_table_route *route)
{
	return !route || uh_table_target(table, route, 0)->kind == UH_TARGET_DIRECT;
}

/* An IPv4 address for an IPv6 socket and the reverse are the program's mistake: the kernel tells it. */
static bool families_fit(const struct uh_socket *socket, const struct sockaddr *address)
{
	return socket->domain == address->sa_family;
}

int uh_connect_by_route(const struct uh_routes *routes, int fd, const struct uh_endpoint *asked,
			const struct sockaddr *address, socklen_t length)
{
	const struct uh_table_route *route;
	struct uh_socket socket;
	struct uh_try try = { .table = routes->table, .socket = &socket, .asked = asked };
	int saved = errno, protocol = uh_describe(fd, &socket);

	if (!protocol || !families_fit(&socket, address))
		return uh_connect_unrouted(fd, address, length);
	route = uh_table_find(routes->table, asked, (enum uh_protocol)protocol, &routes->self);
	if (goes_direct(routes->table, route))
		return uh_connect_unrouted(fd, address, length);
	try.flow = flow_of(address);
	switch (try_targets(&try, route)) {
	case UH_CONNECTED:
		errno = saved;
		return 0;
	case UH_FINAL:
		return -1;
	case UH_NO_ANSWER:
		break;
	}
	errno = saved;
	if (route->on_failure == UH_ORIGINAL)
		return uh_connect_unrouted(fd, address, length);
	errno = ECONNREFUSED;
	return -1;
}

/* connect(AF_UNSPEC): the program gets an unconnected socket of the kind that it made, as it set it up. */
static int disconnect(int fd, const struct uh_record *record)
{
	struct uh_socket replaced = { .fd = fd, .flags = uh_libc_fcntl()(fd, F_GETFL) };
	int saved = errno, state = uh_hold_cancel();
	int fresh = uh_new_socket(record->domain, record->type, record->protocol);
	int error = errno;

	if (fresh >= 0) {
		uh_carry_remembered(record->identity, fresh);
		if (uh_replace(&replaced, fresh)) {
			uh_record_drop(record->identity);
			error = 0;
		} else {
			uh_close(fresh);
			error = ENOBUFS;
		}
	}
	uh_release_cancel(state);
	errno = error ? error : saved;
	return error ? -1 : 0;
}

/* What connect(2) says on a Unix socket that the program takes for a connected TCP socket. */
static int correct_error(int fd, const struct sockaddr *address, socklen_t length)
{
	int error = errno;
	struct uh_record record;

	if (uh_record_find(fd, &record) && record.kind == UH_REPLACED) {
		if (length >= sizeof(sa_family_t) && uh_readable(fd, address, sizeof(sa_family_t)) &&
		    address->sa_family == AF_UNSPEC)
			return disconnect(fd, &record);
		error = EISCONN;
	}
	errno = error;
	return -1;
}

int uh_connect_unrouted(int fd, const struct sockaddr *address, socklen_t length)
{
	int result = uh_libc_connect()(fd, address, length);

	if (result == 0 && uh_note_has(fd, UH_HINT_REWRITTEN)) {
		/* Connected anew, or AF_UNSPEC: the socket is the same, the answer isn't. */
		uh_note_clear(fd, UH_HINT_REWRITTEN);
		uh_record_drop(uh_identity(fd));
	} else if (result != 0 && uh_records_any() && (errno == EINVAL || errno == EAFNOSUPPORT)) {
		return correct_error(fd, address, length);
	}
	return result;
}

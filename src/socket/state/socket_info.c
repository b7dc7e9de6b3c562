/* SPDX-License-Identifier: MIT */
/* socket_info.c: reads from the kernel what the program's socket is. */
#include "socket_info.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "libc/libc.h"
#include "datagram_socket.h"
#include "fd_hints.h"
#include "identity.h"
#include "records.h"

int uh_get_int_option(int fd, int level, int name, int otherwise)
{
	int value;
	socklen_t size = sizeof(value);

	return uh_libc_getsockopt()(fd, level, name, &value, &size) == 0 ? value : otherwise;
}

/*
 * The first byte of TCP_INFO is the state. Reading it fails unless the socket is TCP or MPTCP.
 */
bool uh_is_unconnected_stream(int fd)
{
	unsigned char state = 0;
	socklen_t size = sizeof(state);
	int saved = errno;

	if (uh_libc_getsockopt()(fd, IPPROTO_TCP, TCP_INFO, &state, &size) != 0)
		state = 0;
	errno = saved;
	return state == TCP_CLOSE;
}

/*
 * sockaddr_in6 is large enough for IP. Longer names of other families are truncated, and not
 * used.
 */
static bool read_local(struct uh_socket *socket)
{
	struct sockaddr_in6 name;
	socklen_t length = sizeof(name);

	if (uh_libc_getsockname()(socket->fd, (struct sockaddr *)&name, &length) != 0)
		return false;
	socket->domain = name.sin6_family;
	return uh_endpoint_from_sockaddr((struct sockaddr *)&name, length, &socket->local);
}

/*
 * Fills in *socket if it is a TCP socket that was just made, the usual case: type and protocol
 * are then known from uh_fd_created. The number may stand for another socket by now, so the
 * kernel is asked for its state, family and local address.
 */
static bool read_fresh(struct uh_socket *socket)
{
	struct uh_fd_creation made;

	if (!uh_fd_is_pristine(socket->fd, &made) || !uh_is_unconnected_stream(socket->fd) ||
	    !read_local(socket) || socket->domain != made.domain || socket->local.port ||
	    !uh_address_is_unspecified(&socket->local.address))
		return false;
	socket->type = SOCK_STREAM;
	socket->protocol = made.protocol;
	return true;
}

/* Fills in *socket by asking the kernel for everything. Returns as uh_socket_read does. */
static int read_any(struct uh_socket *socket)
{
	int kind = 0;

	socket->type = uh_get_int_option(socket->fd, SOL_SOCKET, SO_TYPE, 0);
	if (socket->type == SOCK_DGRAM)
		kind = UH_UDP;
	else if (socket->type == SOCK_STREAM && uh_is_unconnected_stream(socket->fd))
		kind = UH_TCP;
	socket->protocol = kind ? uh_get_int_option(socket->fd, SOL_SOCKET, SO_PROTOCOL, 0) : 0;
	if (kind == UH_UDP && socket->protocol != IPPROTO_UDP)
		return 0;
	return kind && read_local(socket) ? kind : 0;
}

int uh_socket_read(int fd, struct uh_socket *socket)
{
	int saved = errno, kind;

	socket->fd = fd;
	socket->identity = uh_socket_identity(fd);
	socket->is_new = read_fresh(socket);
	kind = socket->is_new ? UH_TCP : read_any(socket);
	if (kind == UH_TCP)
		uh_other_socket_created(fd);
	uh_fd_used(fd);
	errno = saved;
	return kind;
}

bool uh_is_same_socket(const struct uh_socket *socket)
{
	return uh_socket_identity(socket->fd) == socket->identity;
}

bool uh_is_replaced_stream(int fd)
{
	struct uh_record record;

	return uh_record_find(fd, &record) && record.kind == UH_REPLACED &&
	       record.type == SOCK_STREAM;
}

bool uh_is_hinted_replaced_stream(int fd)
{
	return uh_fd_has_hint(fd, UH_HINT_ROUTED) && uh_is_replaced_stream(fd);
}

/* SPDX-License-Identifier: MIT */
/* describe.c: what the program's socket is. */
#include "describe.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "libc.h"
#include "socket.h"

int uh_int_option(int fd, int level, int name, int otherwise)
{
	int value;
	socklen_t size = sizeof(value);

	return uh_libc_getsockopt()(fd, level, name, &value, &size) == 0 ? value : otherwise;
}

/* One byte of TCP_INFO says both that this is TCP (or MPTCP) and in which state. */
bool uh_is_fresh_stream(int fd)
{
	unsigned char state = 0;
	socklen_t size = sizeof(state);
	int saved = errno;

	if (uh_libc_getsockopt()(fd, IPPROTO_TCP, TCP_INFO, &state, &size) != 0)
		state = 0;
	errno = saved;
	return state == TCP_CLOSE;
}

static bool read_local(struct uh_socket *socket)
{
	struct sockaddr_storage name;
	socklen_t length = sizeof(name);

	if (uh_libc_getsockname()(socket->fd, (struct sockaddr *)&name, &length) != 0)
		return false;
	socket->domain = name.ss_family;
	return uh_endpoint_from_sockaddr((struct sockaddr *)&name, length, &socket->local);
}

int uh_describe(int fd, struct uh_socket *socket)
{
	int saved = errno, kind = 0;

	socket->fd = fd;
	if (uh_is_fresh_stream(fd)) {
		socket->type = SOCK_STREAM;
		kind = UH_TCP;
	} else {
		socket->type = uh_int_option(fd, SOL_SOCKET, SO_TYPE, 0);
		kind = socket->type == SOCK_DGRAM ? UH_UDP : 0;
	}
	socket->protocol = kind ? uh_int_option(fd, SOL_SOCKET, SO_PROTOCOL, 0) : 0;
	if (kind == UH_UDP && socket->protocol != IPPROTO_UDP)
		kind = 0;
	if (kind && !read_local(socket))
		kind = 0;
	if (kind)
		socket->flags = uh_libc_fcntl()(fd, F_GETFL);
	errno = saved;
	return kind;
}

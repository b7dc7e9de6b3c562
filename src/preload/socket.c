/* SPDX-License-Identifier: MIT */
/*
 * socket.c: socket(2), bind(2) and listen(2), to record which sockets are new when they
 * connect, and which are UDP sockets.
 */
#include <errno.h>
#include <netinet/in.h>

#include "export.h"
#include "libc/libc.h"
#include "socket/state/datagram_socket.h"
#include "socket/state/fd_hints.h"
#include "socket/state/records.h"
#include "routes/routes.h"
#include "socket/answers/sockname.h"
#include "socket/fallback.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

/* type also holds the flags of socket(2). */
static int type_of(int type)
{
	return type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK);
}

/* Notes the kind of the socket, so that the kernel need not be asked later. */
UH_EXPORT int socket(int domain, int type, int protocol)
{
	int fd = uh_libc_socket()(domain, type, protocol);
	bool is_ip = domain == AF_INET || domain == AF_INET6;

	if (fd < 0)
		return fd;
	if (is_ip && type_of(type) == SOCK_DGRAM && (!protocol || protocol == IPPROTO_UDP)) {
		uh_fd_used(fd);
		uh_datagram_socket_created(fd, domain);
		return fd;
	}
	uh_other_socket_created(fd);
	if (is_ip && type_of(type) == SOCK_STREAM &&
	    (!protocol || protocol == IPPROTO_TCP || protocol == IPPROTO_MPTCP))
		uh_fd_created(
		    fd, &(struct uh_fd_creation){domain, protocol ? protocol : IPPROTO_TCP});
	else
		uh_fd_used(fd);
	return fd;
}

/*
 * bind(2) has found no such address here. The address may be a stand-in that another process
 * was given (a worker of Node's cluster asks its parent to bind). No routes are read if bind(2)
 * succeeds.
 */
static int bind_as_told(int fd, const struct sockaddr *address, socklen_t length)
{
	struct sockaddr_storage real;
	socklen_t real_length = uh_real_name_to_bind_of(fd, address, length, &real);

	if (real_length)
		return uh_libc_bind()(fd, (struct sockaddr *)&real, real_length);
	errno = EADDRNOTAVAIL;
	return -1;
}

/*
 * A program that listens on its own host name was given a stand-in for that name; it is bound
 * to the real address.
 */
UH_EXPORT int bind(int fd, const struct sockaddr *address, socklen_t length)
{
	struct sockaddr_storage real;
	socklen_t real_length = uh_real_name_of(fd, address, length, &real);
	int saved = errno, result;

	if (uh_records_any() && uh_bind_is_refused(fd, address, length))
		return -1;
	uh_fd_used(fd);
	uh_datagram_socket_bound(fd);
	if (real_length && real_length != UH_NOWHERE)
		return uh_libc_bind()(fd, (struct sockaddr *)&real, real_length);
	result = uh_libc_bind()(fd, address, length);
	if (result == 0 || errno != EADDRNOTAVAIL)
		return result;
	result = bind_as_told(fd, address, length);
	if (result == 0)
		errno = saved;
	return result;
}

UH_EXPORT int listen(int fd, int backlog)
{
	uh_fd_used(fd);
	return uh_libc_listen()(fd, backlog);
}

/* SPDX-License-Identifier: MIT */
/*
 * recvfrom.c: recvfrom(2) and recvmsg(2) with a buffer for the sender's address, or with
 * MSG_ERRQUEUE. All other calls go straight to libc; read(2) and recv(2) are not interposed.
 *
 * On a TCP connection the kernel reports a sender address of 0 bytes and leaves the buffer
 * alone. The Unix socket in its place would report the target's path, which is longer than a
 * buffer for an IP address: Python then reads past the end of the buffer.
 *
 * A datagram from a target bears the address that the program asked for, also in the error
 * queue (asked_addresses.h). The kernel has already written to the buffer, so it is writable.
 */
#include <errno.h>

#include "export.h"
#include "libc/libc.h"
#include "socket/state/asked_addresses.h"
#include "socket/state/fd_hints.h"
#include "passed_fds.h"
#include "socket/state/socket_info.h"
#include "process/user_memory.h"

/*
 * True, with errno EAGAIN, if the call asks for the error queue of a Unix socket. A Unix socket
 * has none and would return data instead.
 */
static bool asks_errors(int fd, int flags)
{
	int domain = 0;
	socklen_t size = sizeof(domain);

	if (!(flags & MSG_ERRQUEUE) ||
	    uh_libc_getsockopt()(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0 ||
	    domain != AF_UNIX)
		return false;
	errno = EAGAIN;
	return true;
}

/* Reports a sender address of 0 bytes, as the kernel does for TCP. */
static ssize_t without_sender(int fd, ssize_t received, socklen_t *length)
{
	static const struct sockaddr_storage nobody;

	if (received >= 0 && uh_write_sockaddr(fd, &nobody, 0, NULL, length) != 0)
		return -1;
	return received;
}

/*
 * True if the call asks for something that a TCP connection answers differently from the
 * replacement under fd.
 */
static bool is_for_us(int fd, int flags, const void *address)
{
	return (address || flags & MSG_ERRQUEUE) && !uh_is_noted_datagram_socket(fd) &&
	       uh_is_hinted_replaced_stream(fd);
}

/* recvfrom(2) on a socket that may send datagrams by routes. */
__attribute__((noinline)) static ssize_t receive_datagram(int fd, void *data, size_t size,
							  int flags, struct sockaddr *address,
							  socklen_t *length)
{
	bool readable = uh_is_readable(fd, length, sizeof(*length));
	socklen_t room = readable ? uh_load_length(length) : 0;
	ssize_t received = uh_libc_recvfrom()(fd, data, size, flags, address, length);
	struct uh_asked asked;

	if (received >= 0 && readable && uh_asked_find(fd, &asked))
		uh_asked_restore(&asked, address, room, length);
	return received;
}

UH_EXPORT ssize_t recvfrom(int fd, void *data, size_t size, int flags, struct sockaddr *address,
			   socklen_t *length)
{
	ssize_t received;

	if (!is_for_us(fd, flags, address))
		return address && uh_may_get_asked(fd)
			   ? receive_datagram(fd, data, size, flags, address, length)
			   : uh_libc_recvfrom()(fd, data, size, flags, address, length);
	if (asks_errors(fd, flags))
		return -1;
	received = uh_libc_recvfrom()(fd, data, size, flags, NULL, NULL);
	return address ? without_sender(fd, received, length) : received;
}

#ifdef __GLIBC__
/* Headers declare this function only if _FORTIFY_SOURCE is set. */
ssize_t __recvfrom_chk(int fd, void *data, size_t size, size_t room, int flags,
		       struct sockaddr *address, socklen_t *length);

/*
 * Programs that are built with _FORTIFY_SOURCE call this in place of recvfrom. libc ends the
 * program if size is more than room.
 */
UH_EXPORT ssize_t __recvfrom_chk(int fd, void *data, size_t size, size_t room, int flags,
				 struct sockaddr *address, socklen_t *length)
{
	if (size <= room &&
	    (is_for_us(fd, flags, address) || (address && uh_may_get_asked(fd))))
		return recvfrom(fd, data, size, flags, address, length);
	return uh_libc___recvfrom_chk()(fd, data, size, room, flags, address, length);
}
#endif

static ssize_t receive_unnamed(int fd, struct msghdr *message, int flags)
{
	struct msghdr unnamed = *message;
	ssize_t received;

	unnamed.msg_name = NULL;
	unnamed.msg_namelen = 0;
	received =
	    without_sender(fd, uh_libc_recvmsg()(fd, &unnamed, flags), &message->msg_namelen);
	if (received >= 0) {
		message->msg_controllen = unnamed.msg_controllen;
		message->msg_flags = unnamed.msg_flags;
	}
	return received;
}

/* recvmsg(2) on a socket that may send datagrams by routes. */
__attribute__((noinline)) static ssize_t receive_datagram_message(int fd,
								  struct msghdr *message,
								  int flags)
{
	bool readable = uh_is_readable(fd, message, sizeof(*message));
	socklen_t room = readable ? message->msg_namelen : 0;
	ssize_t received = uh_libc_recvmsg()(fd, message, flags);
	struct uh_asked asked;

	if (received >= 0 && message->msg_name && uh_asked_find(fd, &asked))
		uh_asked_restore(&asked, message->msg_name, room, &message->msg_namelen);
	return received;
}

static ssize_t receive_message(int fd, struct msghdr *message, int flags)
{
	if (!uh_fd_has_hint(fd, UH_HINT_ROUTED) ||
	    !uh_is_readable(fd, message, sizeof(*message)) ||
	    !is_for_us(fd, flags, message->msg_name))
		return uh_may_get_asked(fd) ? receive_datagram_message(fd, message, flags)
					    : uh_libc_recvmsg()(fd, message, flags);
	if (asks_errors(fd, flags))
		return -1;
	if (!message->msg_name || (int)message->msg_namelen < 0)
		return uh_libc_recvmsg()(fd, message, flags);
	return receive_unnamed(fd, message, flags);
}

UH_EXPORT ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	ssize_t received = receive_message(fd, message, flags);

	if (received >= 0)
		uh_fds_received(message);
	return received;
}

/* SPDX-License-Identifier: MIT */
/* unix_datagram.c: sends one message to a Unix socket. */
#include "unix_datagram.h"

#include <stddef.h>
#include <sys/uio.h>

#include "libc/libc.h"

bool uh_datagram(int fd, const struct sockaddr_un *name, socklen_t length,
		 const struct iovec *part, size_t parts)
{
	const struct msghdr message = {.msg_iov = (struct iovec *)part, .msg_iovlen = parts};
	size_t size = 0;

	for (size_t i = 0; i < parts; i++)
		size += part[i].iov_len;
	return uh_libc_connect()(fd, (const struct sockaddr *)name, length) == 0 &&
	       uh_libc_sendmsg()(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)size;
}

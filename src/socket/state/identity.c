/* SPDX-License-Identifier: MIT */
/* identity.c: asks the kernel for a socket's cookie. */
#include "identity.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "libc/libc.h"

#ifndef SO_COOKIE
#define SO_COOKIE 57
#endif

uint64_t uh_socket_identity(int fd)
{
	int saved = errno;
	uint64_t cookie = 0;
	socklen_t size = sizeof(cookie);
	struct stat status;

	if (uh_libc_getsockopt()(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) != 0) {
		cookie = 0;
		/* Linux before 4.12 lacks SO_COOKIE; qemu's user-mode emulation only accepts
		 * four bytes for it. */
		if ((errno == ENOPROTOOPT || errno == EINVAL) && fstat(fd, &status) == 0)
			cookie = (uint64_t)status.st_ino;
	}
	errno = saved;
	return cookie ? cookie + 1 : 0;
}

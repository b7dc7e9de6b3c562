/* SPDX-License-Identifier: MIT */
/* shutdown.c: shutdown(2), which has other effects on a Unix socket than on a TCP socket. */
#include <sys/socket.h>

#include "export.h"
#include "socket/answers/sock_shutdown.h"

UH_EXPORT int shutdown(int fd, int how)
{
	return uh_shutdown(fd, how);
}

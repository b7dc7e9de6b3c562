/* SPDX-License-Identifier: MIT */
/* shutdown.c: shutdown(2), which a Unix socket takes more seriously than TCP. */
#include <sys/socket.h>

#include "export.h"
#include "socket/answers/sock_shutdown.h"

UH_EXPORT int shutdown(int fd, int how)
{
	return uh_shutdown(fd, how);
}

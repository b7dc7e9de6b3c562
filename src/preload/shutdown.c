/* SPDX-License-Identifier: MIT */
/* shutdown.c: shutdown(2), which a Unix socket takes more seriously than TCP. */
#include "export.h"
#include "socket/routed_socket.h"

UH_EXPORT int shutdown(int fd, int how)
{
	return uh_shutdown(fd, how);
}

/* SPDX-License-Identifier: MIT */
/* shim.c: the least that can be done: one hard-coded address goes to one Unix socket. */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PUBLIC 0xcb007101 /* 203.0.113.1 */

/* Keeps nothing that the program set and answers for nothing: a floor, not something to use. */
int connect(int fd, const struct sockaddr *address, socklen_t length)
{
	static int (*real)(int, const struct sockaddr *, socklen_t);
	const struct sockaddr_in *in = (const struct sockaddr_in *)address;
	struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = SHIM_TARGET};
	int other;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "connect");
	if (in->sin_family != AF_INET || in->sin_addr.s_addr != htonl(PUBLIC))
		return real(fd, address, length);
	other = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (real(other, (const struct sockaddr *)&un, sizeof(un)) < 0)
		return -1;
	dup2(other, fd);
	close(other);
	return 0;
}

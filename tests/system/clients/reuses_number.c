/* SPDX-License-Identifier: MIT */
/*
 * reuses_number.c: preloaded behind the object, puts a file under the number of the program's
 * socket in the middle of a connect(), as another thread may that closes the one and opens the
 * other. The program says in reuse_number and reuse_by which, and in reuse_at where.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int reuse_number, reuse_by, reuse_at;
enum { NOWHERE, AT_CONNECT, AT_COPY };

static void reuse(int where)
{
	if (reuse_at != where)
		return;
	reuse_at = NOWHERE;
	syscall(SYS_dup3, reuse_by, reuse_number, 0);
}

/* While the target is asked. */
int connect(int fd, const struct sockaddr *address, socklen_t length)
{
	if (address->sa_family == AF_UNIX)
		reuse(AT_CONNECT);
	return (int)syscall(SYS_connect, fd, address, length);
}

/* Between the last look at the number and the copy of it. */
int fcntl(int fd, int command, ...)
{
	va_list arguments;
	long argument;

	va_start(arguments, command);
	argument = va_arg(arguments, long);
	va_end(arguments);
	if (command == F_DUPFD_CLOEXEC && fd == reuse_number)
		reuse(AT_COPY);
	return (int)syscall(SYS_fcntl, fd, command, argument);
}

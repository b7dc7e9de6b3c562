/* SPDX-License-Identifier: MIT */
/* own_fd.c: opens files and sockets for this object. */
#include "own_fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/format.h"
#include "libc/libc.h"

int uh_open_file(const char *path, int flags)
{
	return uh_move_above_stdio(
	    (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC | O_NOCTTY));
}

/*
 * thread-self comes first: a thread may have its own descriptor table (CLONE_FILES in
 * unshare(2)).
 */
int uh_open_proc_self(const char *name, int flags)
{
	static const char *const owners[] = {"thread-self", "self"}; /* since Linux 3.17 */
	char path[48];
	int fd = -1;

	for (int i = 0; i < 2 && fd < 0; i++) {
		uh_format(path, sizeof(path), "/proc/%s/%s", owners[i], name);
		fd = uh_open_file(path, flags);
	}
	return fd;
}

/*
 * The system call, because libc's close() is a cancellation point (pthread_cancel(3)) and most
 * of the calls that we intercept are not.
 */
void uh_close(int fd)
{
	int saved = errno;

	syscall(SYS_close, fd);
	errno = saved;
}

int uh_open_socket(int domain, int type, int protocol)
{
	return uh_move_above_stdio(
	    uh_libc_socket()(domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
}

int uh_move_above_stdio(int fd)
{
	int above;

	if (fd < 0 || fd > 2)
		return fd;
	above = uh_libc_fcntl()(fd, F_DUPFD_CLOEXEC, 3);
	uh_close(fd);
	return above;
}

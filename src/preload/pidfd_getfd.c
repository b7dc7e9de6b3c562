/* SPDX-License-Identifier: MIT */
/* pidfd_getfd.c: pidfd_getfd(2), to record which descriptors came from other processes. */
#include "export.h"
#include "libc/libc.h"
#include "passed_fds.h"

/* glibc has this function since 2.36; older headers do not declare it. */
int pidfd_getfd(int process, int target, unsigned flags);

UH_EXPORT int pidfd_getfd(int process, int target, unsigned flags)
{
	int fd = uh_libc_pidfd_getfd()(process, target, flags);

	if (fd >= 0)
		uh_fd_received(fd);
	return fd;
}

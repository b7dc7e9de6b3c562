/* SPDX-License-Identifier: MIT */
/* write_at.c: writes to files of our own without the signal of RLIMIT_FSIZE. */
#include "write_at.h"

#include <sys/resource.h>
#include <unistd.h>

bool uh_file_may_have(size_t size)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur >= size;
}

bool uh_write_at(int fd, const void *bytes, size_t size, size_t at)
{
	return uh_file_may_have(at + size) &&
	       pwrite(fd, bytes, size, (off_t)at) == (ssize_t)size;
}

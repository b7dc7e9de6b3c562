/* SPDX-License-Identifier: MIT */
/*
 * executable_path.c: the path of the executable.
 *
 * The path is read from /proc/self/exe. A seccomp filter may end the process for readlink(2),
 * so under a filter the path comes from the first line of /proc/self/maps: the kernel maps the
 * executable at the lowest address.
 */
#include "executable_path.h"

#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "own_fd.h"
#include "seccomp_filter.h"

/*
 * Writes the path from a line "ADDRESSES PERMISSIONS OFFSET DEVICE INODE PATH"
 * (proc_pid_maps(5)).
 */
static void read_first_line(char *path, size_t size)
{
	int maps = uh_open_proc_self("maps", O_RDONLY);
	long length = maps < 0 ? 0 : syscall(SYS_read, maps, path, size - 1);
	char *start, *end;

	if (maps >= 0)
		uh_close(maps);
	path[length > 0 ? length : 0] = '\0';
	end = strchr(path, '\n');
	if (end)
		*end = '\0';
	start = strchr(path, '/');
	memmove(path, start ? start : "", strlen(start ? start : "") + 1);
}

void uh_executable_path(char *path, size_t size)
{
	ssize_t length;

	if (uh_is_filtered()) {
		read_first_line(path, size);
		return;
	}
	length = readlink("/proc/self/exe", path, size - 1);
	path[length > 0 ? length : 0] = '\0';
}

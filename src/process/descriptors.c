/* SPDX-License-Identifier: MIT */
/* descriptors.c: finds the open descriptors of this process without allocating. */
#include "descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "own_fd.h"
#include "seccomp_filter.h"

enum { MOST_FDS = 65536 };

static atomic_int fd_limit = MOST_FDS;

/* The kernel's linux_dirent64 (getdents64(2)); libc's readdir allocates. */
struct entry {
	uint64_t inode;
	int64_t offset;
	uint16_t size;
	uint8_t type;
	char name[];
};

/* Returns the number in an entry's name of /proc/self/fd, or -1 for "." and "..". */
static int number_of(const char *name)
{
	int number = 0;

	if (*name == '.')
		return -1;
	for (; *name; name++)
		number = number * 10 + (*name - '0');
	return number;
}

/* Returns how many descriptors were visited, or -1 if the directory can't be read. */
static int read_directory(int directory, bool (*visit)(int fd, void *context), void *context)
{
	_Alignas(struct entry) char buffer[320]; /* an entry takes at most 32 bytes */
	int visited = 0;
	long got;

	while ((got = syscall(SYS_getdents64, directory, buffer, sizeof(buffer))) > 0) {
		for (long at = 0; at < got;) {
			const struct entry *entry = (const void *)(buffer + at);
			int fd = number_of(entry->name);

			at += entry->size;
			if (fd < 0 || fd == directory)
				continue;
			visited++;
			if (!visit(fd, context))
				return visited;
		}
	}
	return got < 0 && visited == 0 ? -1 : visited;
}

void uh_remember_fd_limit(void)
{
	struct rlimit limit;

	if (!uh_is_filtered() && getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	    limit.rlim_cur < MOST_FDS)
		atomic_store(&fd_limit, (int)limit.rlim_cur);
}

static int visit_all_numbers(bool (*visit)(int fd, void *context), void *context)
{
	int end = uh_is_filtered() ? uh_fd_table_size() : 0;

	uh_remember_fd_limit();
	if (end == 0 || end > MOST_FDS)
		end = atomic_load(&fd_limit);
	for (int fd = 0; fd < end; fd++)
		if (!visit(fd, context))
			return fd;
	return end;
}

unsigned uh_each_descriptor(bool (*visit)(int fd, void *context), void *context)
{
	int saved = errno, directory = -1, visited = -1;

	if (!uh_is_filtered())
		directory = uh_open_proc_self("fd", O_RDONLY | O_DIRECTORY);
	if (directory >= 0) {
		visited = read_directory(directory, visit, context);
		uh_close(directory);
	}
	if (visited < 0)
		visited = visit_all_numbers(visit, context);
	errno = saved;
	return (unsigned)visited;
}

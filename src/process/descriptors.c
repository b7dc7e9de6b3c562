/* SPDX-License-Identifier: MIT */
/* descriptors.c: finds the open descriptors of this process without allocating. */
#include "descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "seccomp_filter.h"
#include "base/format.h"
#include "libc/libc.h"

enum { COUNT_AT_MOST = 65536 };

static atomic_bool confined;
static atomic_int count_to = COUNT_AT_MOST;

void uh_confine(void)
{
	atomic_store(&confined, true);
}

bool uh_is_confined(void)
{
	return atomic_load(&confined);
}

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

void uh_learn_limit(void)
{
	struct rlimit limit;

	if (!uh_is_filtered() && getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	    limit.rlim_cur < COUNT_AT_MOST)
		atomic_store(&count_to, (int)limit.rlim_cur);
}

static int count_through(bool (*visit)(int fd, void *context), void *context)
{
	int end = uh_is_filtered() ? uh_descriptors_end() : 0;

	uh_learn_limit();
	if (end == 0 || end > COUNT_AT_MOST)
		end = atomic_load(&count_to);
	for (int fd = 0; fd < end; fd++)
		if (!visit(fd, context))
			return fd;
	return end;
}

unsigned uh_each_descriptor(bool (*visit)(int fd, void *context), void *context)
{
	int saved = errno, directory = -1, visited = -1;

	if (!uh_is_filtered())
		directory = uh_open_own("fd", O_RDONLY | O_DIRECTORY);
	if (directory >= 0) {
		visited = read_directory(directory, visit, context);
		uh_close(directory);
	}
	if (visited < 0)
		visited = count_through(visit, context);
	errno = saved;
	return (unsigned)visited;
}

int uh_open_file(const char *path, int flags)
{
	return uh_above_stdio(
	    (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC | O_NOCTTY));
}

/*
 * thread-self comes first: a thread may have its own descriptor table (CLONE_FILES in
 * unshare(2)).
 */
int uh_open_own(const char *name, int flags)
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

int uh_hold_cancel(void)
{
	int state;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	return state;
}

void uh_release_cancel(int state)
{
	pthread_setcancelstate(state, NULL);
}

int uh_above_stdio(int fd)
{
	int above;

	if (fd < 0 || fd > 2)
		return fd;
	above = uh_libc_fcntl()(fd, F_DUPFD_CLOEXEC, 3);
	uh_close(fd);
	return above;
}

/* SPDX-License-Identifier: MIT */
/*
 * seccomp_filter.c: finds out from /proc whether a seccomp filter is set.
 *
 * A filter may end the process for prctl(PR_GET_SECCOMP). It allows opening and reading a file:
 * the loader has just done both to load the program's libraries.
 */
#include "seccomp_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "own_fd.h"
#include "proc_lines.h"

static atomic_bool confined;

void uh_confine(void)
{
	atomic_store(&confined, true);
}

bool uh_is_confined(void)
{
	return atomic_load(&confined);
}

/*
 * Fields of /proc/PID/status (proc_pid_status(5)): PPid, FDSize, Seccomp, and Seccomp_filters
 * (since Linux 5.9).
 */
struct status {
	long parent, table, mode, filters;
};

static void read_field(const char *line, const char *name, long *number)
{
	size_t length = strlen(name);

	if (strncmp(line, name, length) == 0)
		*number = strtol(line + length, NULL, 10);
}

static bool read_line(const char *line, void *context)
{
	struct status *status = context;

	if (*line != 'P' && *line != 'F' && *line != 'S')
		return true;
	read_field(line, "PPid:", &status->parent);
	read_field(line, "FDSize:", &status->table);
	read_field(line, "Seccomp:", &status->mode);
	read_field(line, "Seccomp_filters:", &status->filters);
	return strncmp(line, "Seccomp_filters:", 16) != 0; /* stop after the last field */
}

/* Closes fd. Returns false if the file can't be read, or has no Seccomp field. */
static bool read_status(int fd, struct status *status)
{
	char buffer[1024]; /* usually one read(2) gets the whole file */
	bool read;

	*status = (struct status){.mode = -1};
	if (fd < 0)
		return false;
	read = uh_each_line(fd, buffer, sizeof(buffer), read_line, status);
	uh_close(fd);
	if (status->mode > 0 && status->filters == 0)
		status->filters = 1;
	return read && status->mode >= 0;
}

static bool read_own(struct status *status)
{
	return read_status(uh_open_proc_self("status", O_RDONLY), status);
}

enum { UNKNOWN, UNFILTERED, FILTERED };

/*
 * Asks the kernel, and stores the answer unless only a free descriptor or memory was lacking.
 * noinline, so that uh_is_filtered needs no stack for the buffer.
 */
__attribute__((noinline)) static bool ask_kernel(_Atomic int *answer)
{
	int saved = errno;
	struct status status;
	bool read = read_own(&status), filtered = !read || status.mode != 0;

	if (read || (errno != EMFILE && errno != ENFILE && errno != ENOMEM))
		atomic_store(answer, filtered ? FILTERED : UNFILTERED);
	errno = saved;
	return filtered;
}

bool uh_is_filtered(void)
{
	static _Atomic int answer;
	int known = atomic_load_explicit(&answer, memory_order_relaxed);

	if (uh_is_confined())
		return true;
	return known == UNKNOWN ? ask_kernel(&answer) : known == FILTERED;
}

/*
 * True if the process was started under the filters that it has now. In a container, its first
 * process and a process sent into it have a parent outside: PPid is 0. No /proc means a chroot
 * rather than a filter, so that counts as true.
 */
static bool was_started_filtered(void)
{
	struct status own, parent;
	char path[40];

	if (uh_is_confined())
		return false;
	if (!read_own(&own))
		return errno == ENOENT;
	if (own.parent == 0)
		return true;
	uh_format(path, sizeof(path), "/proc/%d/status", (int)own.parent);
	return read_status(uh_open_file(path, O_RDONLY), &parent) &&
	       parent.filters >= own.filters;
}

bool uh_may_start_process(void)
{
	int saved = errno;
	bool may = !uh_is_filtered() || was_started_filtered();

	errno = saved;
	return may;
}

__attribute__((noinline)) int uh_fd_table_size(void)
{
	struct status status;

	return !uh_is_confined() && read_own(&status) ? (int)status.table : 0;
}

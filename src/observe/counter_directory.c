/* SPDX-License-Identifier: MIT */
/* counter_directory.c: finds the directory of the counters, and opens the user's file. */
#include "counter_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

#include "base/format.h"
#include "base/large.h"
#include "counter_file.h"
#include "process/environment.h"
#include "process/own_fd.h"
#include "process/write_at.h"
#include "said_targets.h"

/* The directory, the user's file, and the file of what was logged. The directory's path never
 * changes after has_directory is set. */
UH_LARGE static char directory[PATH_MAX], path[PATH_MAX], said[PATH_MAX];
static atomic_bool has_directory;

/* A value that is not absolute, such as "off", leaves no directory. */
void uh_counter_directory_find(void)
{
	const char *value;

	if (atomic_load(&has_directory))
		return;
	value = uh_environment_get(UH_STATS_VARIABLE);
	if (!value)
		value = UH_STATS_DIRECTORY;
	if (*value != '/' || uh_format(directory, PATH_MAX, "%s", value) +
				     sizeof("/" UH_SAID_FILE "4294967295") >
				 PATH_MAX)
		return;
	uh_format(said, PATH_MAX, "%s/" UH_SAID_FILE, directory);
	atomic_store(&has_directory, true);
}

bool uh_counter_directory_exists(void)
{
	return atomic_load(&has_directory) && access(directory, F_OK) == 0;
}

const char *uh_counter_directory_said(void)
{
	return atomic_load(&has_directory) ? said : NULL;
}

/* O_NONBLOCK, because somebody may have put a FIFO there. */
static int open_file(void)
{
	if (!atomic_load(&has_directory))
		return -1;
	uh_format(path, PATH_MAX, "%s/%u", directory, (unsigned)geteuid());
	return uh_move_above_stdio(open(
	    path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0644));
}

/* Allocates all blocks of the file: a file system that fills up later spoils no counter. */
static bool grow(int fd)
{
	return uh_file_may_have(sizeof(struct uh_counter_file)) &&
	       (fallocate(fd, 0, 0, sizeof(struct uh_counter_file)) == 0 ||
		(errno == EOPNOTSUPP && ftruncate(fd, sizeof(struct uh_counter_file)) == 0));
}

/* Root's new file says that root counts here: then all users can share what was logged. */
static bool write_mark(int fd)
{
	const uint64_t mark = UH_COUNTER_MARK;

	if (!uh_write_at(fd, &mark, sizeof(mark), 0))
		return false;
	if (geteuid() == 0)
		uh_said_create(said);
	return true;
}

static bool put_in_order(int fd, const struct stat *status)
{
	const off_t size = sizeof(struct uh_counter_file);
	uint64_t mark = 0;

	if (!S_ISREG(status->st_mode) || status->st_uid != geteuid() ||
	    (status->st_mode & (S_IWGRP | S_IWOTH)))
		return false;
	if (status->st_size > 0 && pread(fd, &mark, sizeof(mark), 0) != sizeof(mark))
		return false;
	if (mark != UH_COUNTER_MARK && (mark != 0 || status->st_size > size))
		return false;
	if (status->st_size > size && ftruncate(fd, size) != 0)
		return false;
	if (status->st_size < size && !grow(fd))
		return false;
	return mark == UH_COUNTER_MARK || write_mark(fd);
}

static int open_in_order(struct stat *status, bool *valid)
{
	int fd = open_file();

	if (fd < 0)
		return -1;
	if (fstat(fd, status) == 0) {
		*valid = put_in_order(fd, status);
		return fd;
	}
	uh_close(fd);
	return -1;
}

/* True for a file with an older layout: its mark has a lower last byte. */
static bool is_outdated(int fd)
{
	uint64_t mark;

	return pread(fd, &mark, sizeof(mark), 0) == sizeof(mark) && mark < UH_COUNTER_MARK &&
	       mark << 8 == UH_COUNTER_MARK << 8;
}

int uh_counter_file_open(struct stat *status, bool *valid)
{
	int fd = open_in_order(status, valid);

	if (fd < 0 || *valid || !is_outdated(fd) || unlink(path) != 0)
		return fd;
	uh_close(fd);
	return open_in_order(status, valid);
}

bool uh_counter_file_stat(struct stat *status)
{
	return stat(path, status) == 0;
}

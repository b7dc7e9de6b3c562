/* SPDX-License-Identifier: MIT */
/*
 * said_targets.c: a file of stamps, one for each target that was logged lately.
 *
 * A stamp has one place. If two targets have the same place, or two processes write at the same
 * time, a line is logged once more. So there is no lock.
 */
#include "said_targets.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "counter_directory.h"
#include "process/freeze.h"
#include "process/interruption.h"
#include "process/own_fd.h"
#include "process/seccomp_filter.h"
#include "process/vfork_child.h"
#include "process/write_at.h"

enum { STAMPS = 256 };

struct stamp {
	uint64_t key;
	uint32_t error;
	uint32_t second; /* of CLOCK_REALTIME; 0: the place is free */
};

/* fchmod(2), because of the process's umask. */
void uh_said_create(const char *path)
{
	int saved = errno;
	int fd = uh_move_above_stdio(
	    open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0600));

	if (fd >= 0) {
		if (uh_file_may_have(STAMPS * sizeof(struct stamp)) &&
		    ftruncate(fd, STAMPS * sizeof(struct stamp)) == 0)
			fchmod(fd, 0666);
		uh_close(fd);
	}
	errno = saved;
}

/*
 * Opens the file if it is root's or this user's. Without O_CREAT, because in a sticky directory
 * fs.protected_regular (proc_sys_fs(5)) would refuse a file of somebody else. Returns a
 * descriptor, or -1.
 */
static int open_stamps(void)
{
	const char *path = uh_counter_directory_said();
	struct stat status;
	int fd;

	if (!path || uh_is_frozen() || uh_is_filtered() || uh_is_confined_vfork_child())
		return -1;
	fd = uh_move_above_stdio(
	    open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	    status.st_size == STAMPS * sizeof(struct stamp) &&
	    (status.st_uid == 0 || status.st_uid == geteuid()))
		return fd;
	uh_close(fd);
	return -1;
}

static size_t place_of(uint64_t key)
{
	return key % STAMPS * sizeof(struct stamp);
}

static bool read_stamp(int fd, uint64_t key, struct stamp *stamp)
{
	return pread(fd, stamp, sizeof(*stamp), (off_t)place_of(key)) ==
		   (ssize_t)sizeof(*stamp) &&
	       stamp->key == key && stamp->second;
}

static uint32_t now(void)
{
	struct timespec time;

	return clock_gettime(CLOCK_REALTIME_COARSE, &time) == 0 ? (uint32_t)time.tv_sec : 0;
}

bool uh_said_target(uint64_t key, uint32_t error)
{
	int saved = errno, state = uh_defer_cancel(), fd = open_stamps();
	const struct stamp mine = {key, error, now()};
	struct stamp last;
	bool said = false;

	if (fd >= 0) {
		/* A stamp of the future is none: the clock was set back. */
		said = read_stamp(fd, key, &last) && last.error == error &&
		       mine.second - last.second < UH_SAID_SECONDS;
		if (!said)
			uh_write_at(fd, &mine, sizeof(mine), place_of(key));
		uh_close(fd);
	}
	uh_restore_cancel(state);
	errno = saved;
	return said;
}

void uh_said_forget(uint64_t key)
{
	int saved = errno, state = uh_defer_cancel(), fd = open_stamps();
	const struct stamp free = {0, 0, 0};
	struct stamp last;

	if (fd >= 0) {
		if (read_stamp(fd, key, &last))
			uh_write_at(fd, &free, sizeof(free), place_of(key));
		uh_close(fd);
	}
	uh_restore_cancel(state);
	errno = saved;
}

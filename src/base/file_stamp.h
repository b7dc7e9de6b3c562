/* SPDX-License-Identifier: MIT */
/* file_stamp.h: the state of a file when it was read, to detect a change later. */
#ifndef UH_FILE_STAMP_H
#define UH_FILE_STAMP_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "clock.h"

/*
 * From stat(2), which follows symbolic links; all zero for a file that does not exist. Mode and
 * owner are included because a file that others can write is refused until they change.
 */
struct uh_stamp {
	uint64_t device, inode, size;
	int64_t seconds; /* st_mtim */
	uint32_t nanoseconds, mode, owner;
	uint32_t
	    young; /* it was written so recently that a later write may have the same time */
};

/* The stamp of a result of stat(2) or fstat(2); NULL means that there is no file. */
static inline struct uh_stamp uh_stamp_of(const struct stat *status)
{
	if (!status)
		return (struct uh_stamp){0};
	return (struct uh_stamp){
	    .device = status->st_dev,
	    .inode = status->st_ino,
	    .size = (uint64_t)status->st_size,
	    .seconds = status->st_mtim.tv_sec,
	    .nanoseconds = (uint32_t)status->st_mtim.tv_nsec,
	    .mode = status->st_mode,
	    .owner = status->st_uid,
	};
}

static inline bool uh_stamps_equal(const struct uh_stamp *a, const struct uh_stamp *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/*
 * True if the file was written so recently that another write may leave the same time on it:
 * the kernel's clock for file times has steps of up to 10 ms.
 */
static inline bool uh_stamp_is_young(const struct uh_stamp *stamp)
{
	int64_t age = (int64_t)uh_clock_ns(CLOCK_REALTIME) - stamp->seconds * 1000000000 -
		      (int64_t)stamp->nanoseconds;

	return age > -20000000 && age < 20000000;
}

#define UH_STAMP_OPEN (S_IWGRP | S_IWOTH) /* bits of a mode that lets others write */

/*
 * True if only root can write the file, or, unless secure (AT_SECURE) is set, only root and the
 * user with that number (geteuid(2)).
 */
static inline bool uh_stamp_is_trusted(const struct uh_stamp *stamp, bool secure, uint32_t user)
{
	return (stamp->owner == 0 || (!secure && stamp->owner == user)) &&
	       !(stamp->mode & UH_STAMP_OPEN);
}

#endif

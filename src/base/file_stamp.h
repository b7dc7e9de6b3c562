/* SPDX-License-Identifier: MIT */
/* file_stamp.h: what a file looked like when it was read, so that a change can be seen later.
 */
#ifndef UH_FILE_STAMP_H
#define UH_FILE_STAMP_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "clock.h"

/*
 * As stat(2) tells it, symbolic links followed; all zero for a file that isn't there. Mode and
 * owner are in it because a file that others can write is refused until that changes.
 */
struct uh_stamp {
	uint64_t device, inode, size;
	int64_t seconds; /* st_mtim */
	uint32_t nanoseconds, mode, owner;
	uint32_t young; /* it was written so shortly before that it may have been again since */
};

/* The stamp of what stat(2) or fstat(2) said; NULL: nothing is there. */
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
 * True when the file was written so short a time ago that the next write may leave the same
 * time on it: the kernel's clock for that goes in steps of up to 10 ms.
 */
static inline bool uh_stamp_is_young(const struct uh_stamp *stamp)
{
	int64_t age = (int64_t)uh_clock_ns(CLOCK_REALTIME) - stamp->seconds * 1000000000 -
		      (int64_t)stamp->nanoseconds;

	return age > -20000000 && age < 20000000;
}

#define UH_STAMP_OPEN (S_IWGRP | S_IWOTH) /* bits of a mode that lets others write */

/*
 * True when nobody but root, or outside of AT_SECURE (secure) this effective user, can write
 * the file. user: geteuid(2).
 */
static inline bool uh_stamp_is_trusted(const struct uh_stamp *stamp, bool secure, uint32_t user)
{
	return (stamp->owner == 0 || (!secure && stamp->owner == user)) &&
	       !(stamp->mode & UH_STAMP_OPEN);
}

#endif

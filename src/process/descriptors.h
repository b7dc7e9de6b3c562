/* SPDX-License-Identifier: MIT */
/* descriptors.h: the open descriptors of this process. */
#ifndef UH_DESCRIPTORS_H
#define UH_DESCRIPTORS_H

#include <stdbool.h>

/*
 * Calls visit for each open descriptor of this thread's table (they are the process's, unless
 * it has called unshare(2) with CLONE_FILES) until it returns false. If /proc can't be read
 * (chroot, no free descriptor) or a seccomp filter may forbid getdents64(2), counts through the
 * numbers up to the table's size or the soft RLIMIT_NOFILE, at most 65,536: visit must put up
 * with closed ones. Returns how many were visited. errno is kept. Async-signal-safe.
 */
unsigned uh_each_descriptor(bool (*visit)(int fd, void *context), void *context);

/* Learns RLIMIT_NOFILE for the time when it may not be asked for any more. Async-signal-safe.
 */
void uh_learn_limit(void);

/*
 * From now on nothing of ours opens a file: a seccomp filter may end the process for it. Cannot
 * be taken back. Async-signal-safe.
 */
void uh_confine(void);
bool uh_is_confined(void);

/*
 * open(2), close-on-exec, that is no cancellation point; the descriptor is above 2. -1 with
 * errno. Async-signal-safe.
 */
int uh_open_file(const char *path, int flags);

/* The same for a file of /proc/thread-self, or of /proc/self where that is not there. */
int uh_open_own(const char *name, int flags);

/* close(2) that keeps errno and is no cancellation point. */
void uh_close(int fd);

/*
 * Temporary descriptors would be lost if the thread were cancelled between two calls. Returns
 * the cancel state for uh_release_cancel. Both keep errno and are async-signal-safe.
 */
int uh_hold_cancel(void);
void uh_release_cancel(int state);

/* fd, or where that is 0, 1 or 2 a copy above (close-on-exec) with fd closed; -1 when there is
 * none. */
int uh_above_stdio(int fd);

#endif

/* SPDX-License-Identifier: MIT */
/* descriptors.h: the open descriptors of this process. */
#ifndef UH_DESCRIPTORS_H
#define UH_DESCRIPTORS_H

#include <stdbool.h>

/*
 * Calls visit for each open descriptor until it returns false. Reads /proc/self/fd; where that
 * can't be read (chroot, seccomp, no free descriptor) counts through the numbers up to the
 * soft RLIMIT_NOFILE, at most 65,536: visit must put up with closed ones. Returns how many were
 * visited. errno is kept. Async-signal-safe.
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

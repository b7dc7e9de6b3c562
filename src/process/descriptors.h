/* SPDX-License-Identifier: MIT */
/* descriptors.h: the open descriptors of this process. */
#ifndef UH_DESCRIPTORS_H
#define UH_DESCRIPTORS_H

#include <stdbool.h>

/*
 * Calls visit for each open descriptor in this thread's descriptor table, until visit returns
 * false. (A thread shares the process's table unless it has called unshare(2) with
 * CLONE_FILES.)
 *
 * If /proc can't be read (chroot, no free descriptor) or a seccomp filter may forbid
 * getdents64(2), visit is called for every number up to the table's size or the soft
 * RLIMIT_NOFILE, at most 65,536: visit must then cope with closed numbers. Returns how many
 * numbers were visited. errno is kept. Async-signal-safe.
 */
unsigned uh_each_descriptor(bool (*visit)(int fd, void *context), void *context);

/*
 * Remembers RLIMIT_NOFILE for uh_each_descriptor, in case a seccomp filter forbids getrlimit(2)
 * later. Async-signal-safe.
 */
void uh_learn_limit(void);

/*
 * uh_confine: from now on this object opens no file, because a seccomp filter may end the
 * process for open(2). Permanent. uh_is_confined: true after that. Both are async-signal-safe.
 */
void uh_confine(void);
bool uh_is_confined(void);

/*
 * open(2) with O_CLOEXEC, but no cancellation point. Returns a descriptor above 2, or -1 with
 * errno. Async-signal-safe.
 */
int uh_open_file(const char *path, int flags);

/*
 * uh_open_file for a file in /proc/thread-self, or in /proc/self on kernels without
 * thread-self. Returns and fails as uh_open_file does. Async-signal-safe.
 */
int uh_open_own(const char *name, int flags);

/* close(2), but keeps errno and is no cancellation point. Async-signal-safe. */
void uh_close(int fd);

/*
 * uh_hold_cancel defers cancellation of this thread (pthread_cancel(3)), which would leak a
 * temporary descriptor between two calls. Returns the cancel state to pass to
 * uh_release_cancel. Both keep errno and are async-signal-safe.
 */
int uh_hold_cancel(void);
void uh_release_cancel(int state);

/*
 * Returns fd if it is above 2 or negative. If it is 0, 1 or 2, closes it and returns a
 * close-on-exec copy above 2, or -1 with errno if the copy can't be made. Async-signal-safe.
 */
int uh_above_stdio(int fd);

#endif

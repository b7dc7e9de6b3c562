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
void uh_remember_fd_limit(void);

#endif

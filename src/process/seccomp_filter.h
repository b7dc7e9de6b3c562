/* SPDX-License-Identifier: MIT */
/* seccomp_filter.h: whether a seccomp filter may end this process for a system call. */
#ifndef UH_SECCOMP_FILTER_H
#define UH_SECCOMP_FILTER_H

#include <stdbool.h>

/*
 * True if a filter (seccomp(2)) may end the process for a call that a connecting program does
 * not make: it has confined itself (uh_confine), has had a filter since before it started, or
 * that can't be told because there is no /proc. Asked of the kernel once: a filter never goes
 * away. One that a raw system call sets later is not noticed. errno is kept.
 * Async-signal-safe.
 */
bool uh_is_filtered(void);

/*
 * True if the process may start another one: there is no filter, or it was started itself under
 * the same ones (seccomp's filters are inherited), or in a container, whose filters refuse
 * calls and don't kill. errno is kept. Async-signal-safe.
 */
bool uh_may_start_process(void);

/* Descriptors of this process are below that number; 0 if it can't be told. errno is not kept.
 * Async-signal-safe. */
int uh_descriptors_end(void);

#endif

/* SPDX-License-Identifier: MIT */
/* clone.h: clone(2) for a child that shares the memory. */
#ifndef UH_CLONE_H
#define UH_CLONE_H

#include <sched.h>

/*
 * clone(2). ThreadSanitizer's runtime intercepts the name `clone`, takes each call for a
 * fork(2), and allows no new thread afterwards. glibc exports the same function under a second
 * name, which the runtime doesn't intercept. Async-signal-safe.
 */
#ifdef __GLIBC__
extern int __clone(int (*function)(void *), void *stack, int flags, void *argument, ...);
#define uh_clone __clone
#else
#define uh_clone clone
#endif

#endif

/* SPDX-License-Identifier: MIT */
/* single_threaded.h: whether this process has one thread. */
#ifndef UH_SINGLE_THREADED_H
#define UH_SINGLE_THREADED_H

#include <stdbool.h>

/* sys/single_threaded.h, of glibc 2.32; musl has no such variable. */
extern char __libc_single_threaded __attribute__((weak));

/* False if there may be other threads. Costs a load. Async-signal-safe. */
static inline bool uh_is_single_threaded(void)
{
	return &__libc_single_threaded && __libc_single_threaded;
}

#endif

/* SPDX-License-Identifier: MIT */
/* bind_early.h: our calls of libc's functions are bound at once, before the first connection.
 */
#ifndef UH_BIND_EARLY_H
#define UH_BIND_EARLY_H

#include <features.h>
#include <stdatomic.h>
#include <stdbool.h>

#if defined(__GLIBC__) && defined(__x86_64__) && defined(__LP64__)
#define UH_BINDS_CALLS
extern atomic_bool uh_calls_bound;

/* uh_bind_calls the first time. */
__attribute__((noinline, cold)) void uh_bind_all_calls(void);

/*
 * The loader binds a call when it is first made, and saves all of the processor's registers
 * meanwhile: with AVX-512 that takes 3 KiB of stack, too much at the depth of a connection for
 * a thread with 16 KiB. This binds all calls from where it is called, in less than 1 KiB; those
 * that it can't are left to the loader. Later calls cost a load. Needed on x86-64 only:
 * elsewhere few registers are saved, and musl binds everything when the program starts.
 * Async-signal-safe.
 */
static inline void uh_bind_calls(void)
{
	if (__builtin_expect(!atomic_load_explicit(&uh_calls_bound, memory_order_relaxed), 0))
		uh_bind_all_calls();
}
#else
static inline void uh_bind_calls(void)
{
}
#endif

#endif

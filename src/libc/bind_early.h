/* SPDX-License-Identifier: MIT */
/* bind_early.h: binds all our calls of libc's functions before the first connection. */
#ifndef UH_BIND_EARLY_H
#define UH_BIND_EARLY_H

#include <features.h>
#include <stdatomic.h>
#include <stdbool.h>

#if defined(__GLIBC__) && defined(__x86_64__) && defined(__LP64__)
#define UH_BINDS_CALLS
extern atomic_bool uh_calls_bound;

/* The first uh_bind_calls. */
__attribute__((noinline, cold)) void uh_bind_all_calls(void);

/*
 * The loader binds a function at its first call, and saves all registers of the processor
 * meanwhile. With AVX-512 that takes 3 KiB of stack: too much in the depth of a connection, for
 * a thread with 16 KiB. This binds all calls at once, in less than 1 KiB of stack; the loader
 * still binds a call for which that fails. Later calls of this cost a load. Only x86-64 with
 * glibc needs it: elsewhere few registers are saved, and musl binds everything when the program
 * starts. Async-signal-safe.
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

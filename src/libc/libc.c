/* SPDX-License-Identifier: MIT */
/* libc.c: binds the next definition of each interposed function. */
#include "libc.h"

#include <errno.h>
#include <stdatomic.h>

#include "next.h"

/* Replaces a function that this libc does not have (fcntl64 on musl). */
static int missing(void)
{
	errno = ENOSYS;
	return -1;
}

/* The next definition, which need not be libc's: it may belong to another preload object. */
static void *next_definition(const char *name)
{
	void *function = uh_next_definition(name);

	return function ? function : (void *)missing;
}

/* Two threads may bind at the same time; both find the same address. */
#define UH_LIBC_DEFINE(name, result, parameters)                                               \
	uh_libc_type_##name *uh_libc_##name(void)                                              \
	{                                                                                      \
		static _Atomic(void *) bound;                                                  \
		void *function = atomic_load_explicit(&bound, memory_order_relaxed);           \
                                                                                               \
		if (__builtin_expect(!function, 0)) {                                          \
			function = next_definition(#name);                                     \
			atomic_store_explicit(&bound, function, memory_order_relaxed);         \
		}                                                                              \
		return (uh_libc_type_##name *)function;                                        \
	}
UH_LIBC_FUNCTIONS(UH_LIBC_DEFINE)

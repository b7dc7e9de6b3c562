/* SPDX-License-Identifier: MIT */
/* next.h: finds the definition of a function that comes after ours, for libc.c and go_caller.c.
 */
#ifndef UH_NEXT_H
#define UH_NEXT_H

/*
 * What dlsym(3) finds for RTLD_NEXT, or NULL. errno is kept. With glibc, and where the objects
 * that are searched are as usual, async-signal-safe: no lock is taken, nothing allocated.
 */
void *uh_next_definition(const char *name);

/* The same if it can be told without a lock of the loader's, else NULL. Async-signal-safe. */
void *uh_next_unlocked(const char *name);

#endif

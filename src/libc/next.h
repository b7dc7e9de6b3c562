/* SPDX-License-Identifier: MIT */
/* next.h: finds the next definition of a function in the loader's search order. */
#ifndef UH_NEXT_H
#define UH_NEXT_H

/*
 * Returns the result of dlsym(3) with RTLD_NEXT, or NULL. errno is kept. Async-signal-safe if
 * uh_next_unlocked finds the function; else dlsym(3) is called, which takes the loader's lock.
 */
void *uh_next_definition(const char *name);

/* The same without the loader's lock; NULL on musl, and in the unusual cases of next.c.
 * Async-signal-safe. */
void *uh_next_unlocked(const char *name);

#endif

/* SPDX-License-Identifier: MIT */
/* find_compiler.h: where the compiler of routes is. */
#ifndef UH_FIND_COMPILER_H
#define UH_FIND_COMPILER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes the i-th path at which the compiler may be into path of size bytes: beside the object,
 * in ../libexec from there (an installation that was moved as a whole), in LIBEXECDIR. object
 * is the absolute path that the object was loaded from; otherwise, or if it is NULL, the first
 * two are left out. A path that doesn't fit is empty. False for an i past the last.
 * Async-signal-safe.
 */
bool uh_compiler_place(const char *object, unsigned i, char *path, size_t size);

/*
 * Writes the first of those paths at which there is a file, or the last if there is none.
 * Returns 0, or an errno: of stat(2), or EPERM if somebody but root (or, unless secure, this
 * effective user) owns the file or can write it. Async-signal-safe; errno is not kept.
 */
int uh_find_compiler(const char *object, bool secure, char *path, size_t size);

#endif

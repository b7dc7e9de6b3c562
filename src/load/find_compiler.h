/* SPDX-License-Identifier: MIT */
/* find_compiler.h: finds unhairpin-compiler. */
#ifndef UH_FIND_COMPILER_H
#define UH_FIND_COMPILER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes the i-th possible path of the compiler into path of size bytes: beside the object, in
 * ../libexec from there (for an installation that was moved as a whole), in LIBEXECDIR. object
 * is the absolute path of the preload object; without one (relative, or NULL) the first two are
 * left out. A path that does not fit is empty. Returns false if there is no i-th path.
 * Async-signal-safe.
 */
bool uh_compiler_path(const char *object, unsigned i, char *path, size_t size);

/*
 * Writes the first of these paths at which a file exists, or the last path if there is none.
 * Returns 0 or an errno: of stat(2), or EPERM if the file can be written by others, or is owned
 * by another user than root (or, unless secure, this effective user). Changes errno.
 * Async-signal-safe.
 */
int uh_find_compiler(const char *object, bool secure, char *path, size_t size);

#endif

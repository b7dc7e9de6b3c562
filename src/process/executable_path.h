/* SPDX-License-Identifier: MIT */
/* executable_path.h: which program this process runs. */
#ifndef UH_EXECUTABLE_PATH_H
#define UH_EXECUTABLE_PATH_H

#include <stddef.h>

/* Writes the path of the executable, cut to size, or "" if it can't be told. errno is not kept.
 * Async-signal-safe. */
void uh_executable_path(char *path, size_t size);

#endif

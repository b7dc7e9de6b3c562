/* SPDX-License-Identifier: MIT */
/* executable_path.h: the path of the program that this process runs. */
#ifndef UH_EXECUTABLE_PATH_H
#define UH_EXECUTABLE_PATH_H

#include <stddef.h>

/*
 * Writes the path of the executable to path, truncated to size bytes, or "" if it is unknown.
 * errno is not kept. Async-signal-safe.
 */
void uh_executable_path(char *path, size_t size);

#endif

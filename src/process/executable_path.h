/* SPDX-License-Identifier: MIT */
/* executable_path.h: which program this process runs. */
#ifndef UH_OWN_PROGRAM_H
#define UH_OWN_PROGRAM_H

#include <stddef.h>

/* Writes the path of the executable, cut to size, or "" if it can't be told. errno is not kept.
 * Async-signal-safe. */
void uh_own_program(char *path, size_t size);

#endif

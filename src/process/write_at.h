/* SPDX-License-Identifier: MIT */
/* write_at.h: writes to files of our own without the signal of RLIMIT_FSIZE. */
#ifndef UH_WRITE_AT_H
#define UH_WRITE_AT_H

#include <stdbool.h>
#include <stddef.h>

/* True if a file may have size bytes. A write(2) beyond RLIMIT_FSIZE raises SIGXFSZ. errno is
 * not kept. Async-signal-safe. */
bool uh_file_may_have(size_t size);

/* Writes size bytes at an offset, unless the file may not have them. Returns false on failure.
 * errno is not kept. Async-signal-safe. */
bool uh_write_at(int fd, const void *bytes, size_t size, size_t at);

#endif

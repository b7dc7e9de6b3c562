/* SPDX-License-Identifier: MIT */
/* write_all.h: writes a whole buffer to a descriptor. */
#ifndef UH_WRITE_ALL_H
#define UH_WRITE_ALL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes size bytes at the descriptor's offset, with further calls after a partial write(2) or
 * one that a signal interrupted. Returns false with the errno of write(2); some of the bytes
 * may have been written then. Async-signal-safe.
 */
bool uh_write_all(int fd, const void *bytes, size_t size);

#endif

/* SPDX-License-Identifier: MIT */
/* write_all.h: writes a whole buffer to a descriptor. */
#ifndef UH_WRITE_ALL_H
#define UH_WRITE_ALL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes size bytes at the descriptor's offset; a part that write(2) has left, or a call that a
 * signal interrupted, is tried again. Returns false with errno as write(2) left it; part of the
 * bytes may have been written then. Async-signal-safe.
 */
bool uh_write_all(int fd, const void *bytes, size_t size);

#endif

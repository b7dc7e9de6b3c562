/* SPDX-License-Identifier: MIT */
/* map_once.h: memory that is mapped when the first thread needs it, and stays. */
#ifndef UH_MAP_ONCE_H
#define UH_MAP_ONCE_H

#include <stdatomic.h>
#include <stddef.h>

/*
 * Returns the memory in *place. If there is none yet, maps that many bytes of zeros and stores
 * them there; if several threads do so at the same time, all get the memory of the first.
 * Returns NULL if there is no memory. errno is kept. Async-signal-safe.
 */
void *uh_map_once(_Atomic(void *) *place, size_t bytes);

#endif

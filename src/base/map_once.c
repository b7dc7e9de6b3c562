/* SPDX-License-Identifier: MIT */
/* map_once.c: maps memory without a lock. */
#include "map_once.h"

#include <errno.h>
#include <sys/mman.h>

void *uh_map_once(_Atomic(void *) *place, size_t bytes)
{
	void *mapped = atomic_load(place), *none = NULL;
	int saved = errno;

	if (mapped)
		return mapped;
	mapped = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	errno = saved;
	if (mapped == MAP_FAILED)
		return NULL;
	if (atomic_compare_exchange_strong(place, &none, mapped))
		return mapped;
	munmap(mapped, bytes);
	return none;
}

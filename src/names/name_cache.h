/* SPDX-License-Identifier: MIT */
/* name_cache.h: the names for which this process was given stand-in addresses. */
#ifndef UH_NAME_CACHE_H
#define UH_NAME_CACHE_H

#include "base/hostname.h"
#include "table/table.h"

/*
 * connect(2) may run where nothing can be looked up, so a look-up leaves its results here, in
 * static memory. The cache holds UH_CACHED_NAMES names; a further name replaces the oldest. It
 * is found by name and by stand-in through one hash index, without locks. A forked child has
 * its parent's cache. All functions here are async-signal-safe and keep errno.
 */
enum { UH_CACHED_NAMES = 512, UH_REAL_ADDRESSES = 16 };

struct uh_cached_name {
	_Alignas(uint64_t) char name[UH_NAME_MAX + 1]; /* canonical */
	uint8_t asked; /* a bit (1 << enum uh_family) for each family that libc was asked for */
	uint8_t reals; /* how many of real[] are set */
	struct uh_address stand_in[UH_FAMILIES];
	struct uh_address real[UH_REAL_ADDRESSES]; /* in libc's order */
};

/* True if this process was given any stand-in. Costs one load. */
bool uh_name_cache_any(void);

/* Stores *name; an entry with the same name is overwritten. If another thread is writing that
 * entry at this moment, nothing is stored. */
void uh_name_cache_put(const struct uh_cached_name *name);

/* Copies the entry of a canonical name to *found. False, with *found unspecified, if there is
 * none. */
bool uh_name_cache_find(const char *name, struct uh_cached_name *found);

/* The same for the name that has this stand-in. */
bool uh_name_cache_find_stand_in(const struct uh_address *stand_in,
				 struct uh_cached_name *found);

#endif

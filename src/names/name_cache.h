/* SPDX-License-Identifier: MIT */
/* name_cache.h: the names that this process was given stand-in addresses for. */
#ifndef UH_NAME_CACHE_H
#define UH_NAME_CACHE_H

#include "base/hostname.h"
#include "table/table.h"

/*
 * What a look-up found out is kept for connect(2), which may run where nothing can be looked
 * up: in memory that is there from the start, at most UH_KNOWN_NAMES of them, the oldest giving
 * way. Read and written without locks; a forked child has its parent's. All functions here are
 * async-signal-safe and keep errno.
 */
enum { UH_KNOWN_NAMES = 512, UH_REAL_ADDRESSES = 16 };

struct uh_known_name {
	char name[UH_NAME_MAX + 1]; /* canonical */
	uint8_t asked; /* a bit (1 << enum uh_family) for each that was looked up */
	uint8_t reals;
	struct uh_address stand_in[UH_FAMILIES];
	struct uh_address real[UH_REAL_ADDRESSES]; /* as libc orders them */
};

/* True when this process was given any stand-in: one load. */
bool uh_known_any(void);

/* Keeps *known in place of what is kept for the name. */
void uh_known_put(const struct uh_known_name *known);

/* Copies what is kept for a canonical name, or for a stand-in. False when nothing is. */
bool uh_known_by_name(const char *name, struct uh_known_name *known);
bool uh_known_by_address(const struct uh_address *stand_in, struct uh_known_name *known);

#endif

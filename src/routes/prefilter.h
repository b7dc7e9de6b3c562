/* SPDX-License-Identifier: MIT */
/* prefilter.h: which addresses any route of this process can hold, by one look at a bit. */
#ifndef UH_PREFILTER_H
#define UH_PREFILTER_H

#include <stdatomic.h>

#include "table/table.h"

/* The two sets, as the newest version of the routes has them. */
extern _Atomic uint64_t uh_prefilter_word[UH_PREFILTER_WORDS];

/*
 * False when no route can hold the address. It belongs to no version, so that a connection
 * without a route, as most are, needs none. Async-signal-safe.
 */
static inline bool uh_prefilter(const struct uh_address *address)
{
	uint32_t beginning = uh_prefilter_bit(address);
	uint32_t at = uh_prefilter_offset(address) + beginning / 8;
	uint64_t word = atomic_load_explicit(&uh_prefilter_word[at / sizeof(uint64_t)],
					     memory_order_relaxed);
	unsigned char byte[sizeof(word)];

	memcpy(byte, &word, sizeof(word));
	return byte[at % sizeof(word)] >> (beginning % 8) & 1;
}

/*
 * Around the publishing of a table (NULL: no routes): first what it can hold is added, then
 * what it can't is taken away. So nobody is sent past a route that is there before and after.
 * Both are given the table's beginnings. Async-signal-safe.
 */
void uh_prefilter_add(const struct uh_prefilter_word *item, uint32_t count);
void uh_prefilter_set(const struct uh_prefilter_word *item, uint32_t count);

#endif

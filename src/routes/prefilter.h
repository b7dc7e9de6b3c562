/* SPDX-License-Identifier: MIT */
/* prefilter.h: a bitmap of the first 16 bits of all addresses that a route can match. */
#ifndef UH_PREFILTER_H
#define UH_PREFILTER_H

#include <stdatomic.h>

#include "table/table.h"

/* The bits for IPv4 and for IPv6, for the newest snapshot. */
extern _Atomic uint64_t uh_prefilter_word[UH_PREFILTER_WORDS];

/*
 * False if no route can match the address. The prefilter is part of no snapshot, so that a
 * connection without a route, the usual case, acquires none. Async-signal-safe.
 */
static inline bool uh_prefilter(const struct uh_address *address)
{
	uint32_t bit = uh_prefilter_bit(address);
	uint32_t at = uh_prefilter_offset(address) + bit / 8;
	uint64_t word = atomic_load_explicit(&uh_prefilter_word[at / sizeof(uint64_t)],
					     memory_order_relaxed);
	unsigned char byte[sizeof(word)];

	memcpy(byte, &word, sizeof(word));
	return byte[at % sizeof(word)] >> (bit % 8) & 1;
}

/*
 * Update the prefilter when a table (NULL: no routes) is published: uh_prefilter_add before,
 * which sets the bits of the new table, and uh_prefilter_set after, which clears all others.
 * Therefore no connection misses a route that both the old and the new table have. item: what
 * uh_table_prefilter returns. Async-signal-safe.
 */
void uh_prefilter_add(const struct uh_prefilter_word *item, uint32_t count);
void uh_prefilter_set(const struct uh_prefilter_word *item, uint32_t count);

#endif

/* SPDX-License-Identifier: MIT */
/* rate.c: so many in so long a time, and no more. */
#include "rate.h"

/* The word: which ten seconds, plus one so that it is never 0, and how many in them. */
enum { COUNT_BITS = 32 };

static uint32_t count_of(uint64_t word)
{
	return (uint32_t)word;
}

bool uh_rate_allows(uh_rate *rate, uint64_t second, uint32_t limit, uint32_t *dropped)
{
	uint64_t window = (second / UH_RATE_SECONDS + 1) << COUNT_BITS;
	uint64_t word = atomic_load(rate), next;
	bool same;

	*dropped = 0;
	if (!limit)
		return true;
	do {
		same = word >> COUNT_BITS == window >> COUNT_BITS;
		next = same ? word + (count_of(word) < UINT32_MAX) : window + 1;
	} while (!atomic_compare_exchange_weak(rate, &word, next));
	if (!same && count_of(word) > limit)
		*dropped = count_of(word) - limit;
	return count_of(next) <= limit;
}

/* SPDX-License-Identifier: MIT */
/* rate.c: a limit on how often something is done. */
#include "rate.h"

#include <time.h>

#include "clock.h"

/* The upper half of the word is the second when the window began, the lower half the calls. */
enum { COUNT_BITS = 32 };

bool uh_rate_allows_at(uh_rate *rate, uint32_t now, uint32_t seconds, uint32_t limit,
		       uint32_t *dropped)
{
	uint64_t word = atomic_load(rate), next;
	bool same;

	*dropped = 0;
	if (!limit)
		return true;
	do {
		same = word && now - (uint32_t)(word >> COUNT_BITS) < seconds;
		next = same ? word + ((uint32_t)word < UINT32_MAX)
			    : (uint64_t)now << COUNT_BITS | 1;
	} while (!atomic_compare_exchange_weak(rate, &word, next));
	if (!same && (uint32_t)word > limit)
		*dropped = (uint32_t)word - limit;
	return (uint32_t)next <= limit;
}

bool uh_rate_allows(uh_rate *rate, uint32_t seconds, uint32_t limit, uint32_t *dropped)
{
	uint32_t now = (uint32_t)(uh_clock_ns(CLOCK_MONOTONIC_COARSE) / 1000000000);

	return uh_rate_allows_at(rate, now, seconds, limit, dropped);
}

/* SPDX-License-Identifier: MIT */
/* prefilter.c: keeps the prefilter up to date. */
#include "prefilter.h"
#include "base/large.h"

UH_LARGE _Atomic uint64_t uh_prefilter_word[UH_PREFILTER_WORDS];

/*
 * One flag for each LINE words: true if a bit in them was ever set. A first access to untouched
 * memory costs a page fault, and a small configuration touches few pages.
 */
enum { LINE = 64 };
static bool written[UH_PREFILTER_WORDS / LINE];

static uint64_t bits_of(const struct uh_prefilter_word *item)
{
	uint64_t bits;

	memcpy(&bits, item->byte, sizeof(bits));
	return bits;
}

void uh_prefilter_add(const struct uh_prefilter_word *item, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (item[i].index >= UH_PREFILTER_WORDS)
			continue;
		written[item[i].index / LINE] = true;
		atomic_fetch_or_explicit(&uh_prefilter_word[item[i].index], bits_of(&item[i]),
					 memory_order_relaxed);
	}
	atomic_thread_fence(memory_order_seq_cst);
}

/* Lines that were never written have no bits to clear. */
void uh_prefilter_set(const struct uh_prefilter_word *item, uint32_t count)
{
	uint32_t next = 0;

	for (uint32_t i = 0; i < UH_PREFILTER_WORDS; i++) {
		uint64_t bits = 0;

		if (!written[i / LINE])
			continue;
		while (next < count && item[next].index < i)
			next++;
		if (next < count && item[next].index == i)
			bits = bits_of(&item[next]);
		atomic_store_explicit(&uh_prefilter_word[i], bits, memory_order_relaxed);
	}
}

/* SPDX-License-Identifier: MIT */
/* beginnings.c: keeps the set of addresses' beginnings that the routes of this process have. */
#include "beginnings.h"
#include "large.h"

UH_LARGE _Atomic uint64_t uh_beginnings[UH_BEGINNING_WORDS];

/*
 * One for each LINE words: whether a bit in them was ever set. Reading memory that nobody has
 * written to costs a page fault, and the pages of a small configuration are few.
 */
enum { LINE = 64 };
static bool written[UH_BEGINNING_WORDS / LINE];

static uint64_t word_of(const uint8_t *bits, size_t i)
{
	uint64_t word;

	memcpy(&word, bits + i * sizeof(word), sizeof(word));
	return word;
}

void uh_beginnings_add(const uint8_t *bits)
{
	for (size_t i = 0; bits && i < UH_BEGINNING_WORDS; i++)
		if (word_of(bits, i)) {
			written[i / LINE] = true;
			atomic_fetch_or_explicit(&uh_beginnings[i], word_of(bits, i),
						 memory_order_relaxed);
		}
	atomic_thread_fence(memory_order_seq_cst);
}

void uh_beginnings_set(const uint8_t *bits)
{
	for (size_t i = 0; i < UH_BEGINNING_WORDS; i++)
		if (written[i / LINE])
			atomic_store_explicit(&uh_beginnings[i], bits ? word_of(bits, i) : 0,
					      memory_order_relaxed);
}

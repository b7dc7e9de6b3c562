/* SPDX-License-Identifier: MIT */
/* beginnings.c: keeps the set of addresses' beginnings that the routes of this process have. */
#include "beginnings.h"

_Atomic uint64_t uh_beginnings[UH_BEGINNING_WORDS];

static uint64_t word_of(const uint8_t *bits, size_t i)
{
	uint64_t word = 0;

	if (bits)
		memcpy(&word, bits + i * sizeof(word), sizeof(word));
	return word;
}

/* What is right already is not written: the pages of a small configuration stay unused. */
static void change(size_t i, uint64_t from, uint64_t to)
{
	if (from != to)
		atomic_store_explicit(&uh_beginnings[i], to, memory_order_relaxed);
}

void uh_beginnings_add(const uint8_t *bits)
{
	for (size_t i = 0; bits && i < UH_BEGINNING_WORDS; i++) {
		uint64_t before = atomic_load_explicit(&uh_beginnings[i], memory_order_relaxed);

		change(i, before, before | word_of(bits, i));
	}
	atomic_thread_fence(memory_order_seq_cst);
}

void uh_beginnings_set(const uint8_t *bits)
{
	for (size_t i = 0; i < UH_BEGINNING_WORDS; i++)
		change(i, atomic_load_explicit(&uh_beginnings[i], memory_order_relaxed),
		       word_of(bits, i));
}

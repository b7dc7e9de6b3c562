/* SPDX-License-Identifier: MIT */
/* seqlock.h: a few words that are read whole or not at all, without locks. */
#ifndef UH_SEQLOCK_H
#define UH_SEQLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* How often it was written, twice over; odd while somebody writes; 0: never. */
typedef _Atomic uint32_t uh_seqlock;

/* Copies the words out. False where there are none, or they were written meanwhile.
 * Async-signal-safe. */
static inline bool uh_seqlock_read(uh_seqlock *sequence, _Atomic uint64_t *from, uint64_t *to,
				   unsigned words)
{
	uint32_t before = atomic_load_explicit(sequence, memory_order_acquire);

	if (before == 0 || before & 1)
		return false;
	for (unsigned i = 0; i < words; i++)
		to[i] = atomic_load_explicit(&from[i], memory_order_acquire);
	return atomic_load_explicit(sequence, memory_order_relaxed) == before;
}

/*
 * Copies the words in, unless somebody else is at it: then nothing happens. A child that was
 * forked in between can't use the place any more. Async-signal-safe.
 */
static inline void uh_seqlock_write(uh_seqlock *sequence, _Atomic uint64_t *to,
				    const uint64_t *from, unsigned words)
{
	uint32_t before = atomic_load_explicit(sequence, memory_order_relaxed);

	if (before & 1 || !atomic_compare_exchange_strong(sequence, &before, before + 1))
		return;
	for (unsigned i = 0; i < words; i++) /* none of them before the sequence is odd */
		atomic_store_explicit(&to[i], from[i], memory_order_release);
	atomic_store_explicit(sequence, before + 2, memory_order_release);
}

#endif

/* SPDX-License-Identifier: MIT */
/* seqlock.h: a few words that are copied completely or not at all, without locks. */
#ifndef UH_SEQLOCK_H
#define UH_SEQLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* The sequence number: 0 before the first write, odd during a write, two more after each. */
typedef _Atomic uint64_t uh_seqlock;

/* Copies the words to to[]. False, with to[] unspecified, if they were never written, or are
 * being written at the same time. Async-signal-safe. */
static inline bool uh_seqlock_read(uh_seqlock *sequence, _Atomic uint64_t *from, uint64_t *to,
				   unsigned words)
{
	uint64_t before = atomic_load_explicit(sequence, memory_order_acquire);

	if (before == 0 || before & 1)
		return false;
	for (unsigned i = 0; i < words; i++)
		to[i] = atomic_load_explicit(&from[i], memory_order_acquire);
	return atomic_load_explicit(sequence, memory_order_relaxed) == before;
}

/*
 * Copies the words from from[], unless another thread is writing: then it does nothing. In a
 * child that was forked during a write, the words can never be read or written again.
 * Async-signal-safe.
 */
static inline void uh_seqlock_write(uh_seqlock *sequence, _Atomic uint64_t *to,
				    const uint64_t *from, unsigned words)
{
	uint64_t before = atomic_load_explicit(sequence, memory_order_relaxed);

	if (before & 1 || !atomic_compare_exchange_strong(sequence, &before, before + 1))
		return;
	for (unsigned i = 0; i < words;
	     i++) /* release: no word is seen before the odd number */
		atomic_store_explicit(&to[i], from[i], memory_order_release);
	atomic_store_explicit(sequence, before + 2, memory_order_release);
}

#endif

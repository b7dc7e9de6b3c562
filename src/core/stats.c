/* SPDX-License-Identifier: MIT */
/* stats.c: counts connections by their routes. */
#include "stats.h"

#include <assert.h>
#include <stddef.h>

static_assert(sizeof(struct uh_stats_slot) == 256, "slots are whole cache lines");
static_assert(offsetof(struct uh_stats, slot) == 256, "and begin with one");

struct uh_stats_slot *uh_stats_find(struct uh_stats *stats, uint64_t id, bool *claimed)
{
	*claimed = false;
	for (unsigned i = 0; i < UH_STATS_WINDOW; i++) {
		struct uh_stats_slot *slot = &stats->slot[(id + i) % UH_STATS_SLOTS];
		uint64_t there = atomic_load_explicit(&slot->id, memory_order_relaxed);

		if (there == 0 && atomic_compare_exchange_strong(&slot->id, &there, id)) {
			*claimed = true;
			return slot;
		}
		if (there == id)
			return slot;
	}
	atomic_fetch_add_explicit(&stats->unplaced, 1, memory_order_relaxed);
	return NULL;
}

static void add_failure(struct uh_stats_slot *slot, uint64_t error)
{
	for (unsigned i = 0; i < UH_STATS_ERRORS; i++) {
		uint64_t as = i + 1 < UH_STATS_ERRORS ? error : UH_STATS_OTHERS;
		uint64_t there = atomic_load_explicit(&slot->failure[i], memory_order_relaxed);

		if (there == 0 && atomic_compare_exchange_strong(&slot->failure[i], &there,
								 as << UH_STATS_ERROR_BIT | 1))
			return;
		if (there >> UH_STATS_ERROR_BIT == as) {
			atomic_fetch_add_explicit(&slot->failure[i], 1, memory_order_relaxed);
			return;
		}
	}
}

void uh_stats_add(struct uh_stats_slot *slot, uint64_t now, int error, bool fell_back)
{
	atomic_fetch_add_explicit(&slot->connections, 1, memory_order_relaxed);
	/* Read first: within a second the line need not be written for it. */
	if (atomic_load_explicit(&slot->last_used, memory_order_relaxed) < now)
		atomic_store_explicit(&slot->last_used, now, memory_order_relaxed);
	if (fell_back)
		atomic_fetch_add_explicit(&slot->fallbacks, 1, memory_order_relaxed);
	if (error)
		add_failure(slot, (uint64_t)error);
}

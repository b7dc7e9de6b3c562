/* SPDX-License-Identifier: MIT */
/*
 * datagram_counters.c: the counts of datagrams that are not yet in the user's file.
 *
 * There is no lock: numbers are added and taken atomically, and a place keeps its id for good.
 */
#include "datagram_counters.h"

#include <stdatomic.h>
#include <time.h>

#include "base/large.h"
#include "counters.h"

/* WINDOW: the places that an id may have, from the id modulo PLACES on. */
enum { PLACES = 256, WINDOW = 8 };

/* Each outcome has a number: first the errors in the order of the file's failures. */
enum { FELL_BACK = UH_COUNTER_ERRORS, SENT, OUTCOMES };

struct place {
	_Atomic uint64_t id;	/* uh_count_id; 0: free */
	_Atomic time_t written; /* the second in which its numbers were last written */
	_Atomic uint32_t number[OUTCOMES];
};

UH_LARGE static struct place places[PLACES];
static atomic_bool any; /* a number may wait */

/* The id's place. NULL if all of its window are taken. */
static struct place *find(uint64_t id)
{
	for (unsigned i = 0; i < WINDOW; i++) {
		struct place *place = &places[(id + i) % PLACES];
		uint64_t there = 0;

		if (atomic_load_explicit(&place->id, memory_order_relaxed) == id ||
		    atomic_compare_exchange_strong(&place->id, &there, id) || there == id)
			return place;
	}
	return NULL;
}

static struct uh_uses uses_of(unsigned outcome, uint32_t number)
{
	return (struct uh_uses){
	    .number = number,
	    .error = outcome < UH_COUNTER_ERRORS ? uh_counter_slot_error(outcome) : 0,
	    .fell_back = outcome == FELL_BACK,
	};
}

/* table, route and target may be NULL. */
static void write_place(struct place *place, const struct uh_table *table,
			const struct uh_table_route *route,
			const struct uh_table_target *target)
{
	for (unsigned i = 0; i < OUTCOMES; i++)
		if (atomic_load_explicit(&place->number[i], memory_order_relaxed)) {
			uint32_t number = atomic_exchange(&place->number[i], 0);
			const struct uh_uses uses = uses_of(i, number);

			uh_count_uses(table, route, target, place->id, &uses);
		}
}

void uh_count_datagram(const struct uh_table *table, const struct uh_table_route *route,
		       const struct uh_table_target *target, int error)
{
	unsigned outcome = error    ? uh_counter_slot_place(error)
			   : target ? (unsigned)SENT
				    : (unsigned)FELL_BACK;
	uint64_t id = uh_count_id(table, route, target);
	struct place *place = find(id);
	time_t now = time(NULL), written;

	if (!place) {
		const struct uh_uses one = uses_of(outcome, 1);

		uh_count_uses(table, route, target, id, &one);
		return;
	}
	atomic_fetch_add(&place->number[outcome], 1);
	if (!atomic_load(&any))
		atomic_store(&any, true);
	written = atomic_load_explicit(&place->written, memory_order_relaxed);
	if (written != now && atomic_compare_exchange_strong(&place->written, &written, now))
		write_place(place, table, route, target);
}

void uh_datagram_counters_write(void)
{
	/* Loaded first: most programs end without a datagram, and a write costs a page fault.
	 */
	if (!atomic_load(&any) || !atomic_exchange(&any, false))
		return;
	for (int i = 0; i < PLACES; i++)
		write_place(&places[i], NULL, NULL, NULL);
}

void uh_datagram_counters_forget(void)
{
	if (!atomic_exchange(&any, false))
		return;
	for (int i = 0; i < PLACES; i++)
		for (unsigned j = 0; j < OUTCOMES; j++)
			atomic_store_explicit(&places[i].number[j], 0, memory_order_relaxed);
}

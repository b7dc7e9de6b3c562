/* SPDX-License-Identifier: MIT */
/*
 * epoll_sets.c: a lock-free table of the descriptors that are epoll sets.
 *
 * Each place is one word: the set's id in the upper half, its descriptor + 1 in the lower half,
 * or 0 if the place is free. An entry is added by compare-and-swap from 0, and removed by
 * compare-and-swap to 0 if it is unchanged. Another id for the same descriptor is one store.
 *
 * Our epoll_create(2) and epoll_ctl(2) add the sets that they see; epoll_set_search.c finds the
 * others.
 */
#include "epoll_sets.h"

#include <stdatomic.h>
#include <stddef.h>

#include "base/large.h"
#include "base/map_once.h"

/* Places in static memory, and places in memory that is mapped when they are needed. */
enum { BUILT_IN = 256, MAPPED = 65536 };

/* id << 32 | descriptor + 1; 0: free */
typedef _Atomic uint64_t place;

UH_LARGE static place built_in[BUILT_IN];
static _Atomic(void *) mapped_places;
static atomic_int end;		 /* no place from here on is in use */
static atomic_bool overflowed;	 /* a set could not be added */
static _Atomic uint32_t last_id; /* even numbers: the lowest bit is UH_EPOLL_SET_FOUND */

static place *place_at(int i)
{
	place *there = atomic_load(&mapped_places);

	return i < BUILT_IN ? &built_in[i] : there ? &there[i - BUILT_IN] : NULL;
}

static uint64_t word_of(int number, uint32_t id)
{
	return (uint64_t)id << 32 | (uint32_t)(number + 1);
}

static int number_in(uint64_t word)
{
	return (int)(uint32_t)word - 1;
}

/* Returns the place of a descriptor and its word in *word; NULL if it is not in the table. */
static place *find(int number, uint64_t *word)
{
	for (int i = 0, stop = atomic_load_explicit(&end, memory_order_relaxed); i < stop;
	     i++) {
		place *at = place_at(i);

		*word = at ? atomic_load_explicit(at, memory_order_relaxed) : 0;
		if (number_in(*word) == number)
			return at;
	}
	return NULL;
}

static void add(uint64_t word)
{
	for (int i = 0; i < BUILT_IN + MAPPED; i++) {
		uint64_t none = 0;

		if (i >= BUILT_IN && !uh_map_once(&mapped_places, MAPPED * sizeof(place)))
			break;
		if (atomic_compare_exchange_strong(place_at(i), &none, word)) {
			for (int old = atomic_load(&end); old <= i;)
				if (atomic_compare_exchange_weak(&end, &old, i + 1))
					break;
			return;
		}
	}
	atomic_store(&overflowed, true);
}

static void set_id(int number, uint32_t id)
{
	uint64_t word;
	place *at = find(number, &word);

	if (at)
		atomic_store(at, word_of(number, id));
	else
		add(word_of(number, id));
}

static uint32_t next_id(void)
{
	return atomic_fetch_add(&last_id, 2) + 2;
}

void uh_epoll_set_created(int number)
{
	set_id(number, next_id());
}

uint32_t uh_epoll_set_id(int number)
{
	uint64_t word;
	uint32_t id;

	if (find(number, &word))
		return (uint32_t)(word >> 32);
	id = next_id() | UH_EPOLL_SET_FOUND;
	add(word_of(number, id));
	return id;
}

void uh_epoll_set_copied(int from, int to)
{
	uint64_t word;

	if (find(from, &word))
		set_id(to, (uint32_t)(word >> 32));
}

void uh_epoll_set_remove(int number, uint32_t id)
{
	uint64_t word;
	place *at = find(number, &word);

	if (at && word == word_of(number, id))
		atomic_compare_exchange_strong(at, &word, 0);
}

bool uh_epoll_set_is_known(int number)
{
	uint64_t word;

	return find(number, &word);
}

bool uh_epoll_set_exists(uint32_t id)
{
	for (int i = 0, stop = atomic_load(&end); i < stop; i++) {
		place *at = place_at(i);

		if (at && atomic_load(at) >> 32 == id)
			return true;
	}
	return false;
}

bool uh_epoll_sets_each(bool (*visit)(int number, uint32_t id, void *context), void *context)
{
	for (int i = 0, stop = atomic_load(&end); i < stop; i++) {
		place *at = place_at(i);
		uint64_t word = at ? atomic_load(at) : 0;

		if (word && !visit(number_in(word), (uint32_t)(word >> 32), context))
			return false;
	}
	return !atomic_load(&overflowed);
}

/* SPDX-License-Identifier: MIT */
/*
 * epoll_notes.c: a lock-free hash table of epoll registrations.
 *
 * A note lies in one of the WINDOW places that follow the hash of its descriptor and set, in
 * the first table whose window has room. Each further table is four times as large as the one
 * before. A table is never moved or freed.
 *
 *   writer                       key    events           data    reader
 *   compare-and-swap 0 to key    key    0                0       key matches; no events:
 *   store data                   key    0                data      not registered
 *   store events                 key    sum, events      data    the sum is right: registered
 *   remove: store events 0       key    0                data    not registered
 *
 * The sum covers key, events and data. Wrong data would crash the program, so a note is valid
 * only if its sum is right. The sum is wrong if two threads write the same note at the same
 * time, or if a fork has copied a half-written note. A removed note is reused for another key
 * if the window is full.
 */
#include "epoll_notes.h"

#include <stdatomic.h>
#include <stddef.h>

#include "epoll_sets.h"
#include "base/hash.h"
#include "base/large.h"
#include "base/map_once.h"

enum { TABLES = 6, FIRST_TABLE = 1024, WINDOW = 8 };

struct note {
	_Atomic uint64_t key;	 /* set << 32 | fd; 0: free */
	_Atomic uint64_t events; /* sum << 32 | events; 0: removed */
	_Atomic uint64_t data;
};

/* Costs only address space until the process has an epoll set. */
UH_LARGE static struct note first_table[FIRST_TABLE];
static _Atomic(void *) tables[TABLES] = {first_table};
static atomic_bool full; /* a registration could not be stored */

static uint64_t key_of(int fd, uint32_t set)
{
	return (uint64_t)set << 32 | (unsigned)fd;
}

/* The sum is never 0, so that a registration never looks removed. */
static uint64_t events_word(uint64_t key, uint32_t events, uint64_t data)
{
	uint64_t sum = uh_hash_word(uh_hash_word(uh_hash_word(1, key), events), data);

	return (sum | 1) << 32 | events;
}

static size_t table_size(unsigned n)
{
	return (size_t)FIRST_TABLE << (2 * n);
}

/* Returns table n, mapping it if needed, or NULL if there is no memory. */
static struct note *get_table(unsigned n)
{
	void *table = uh_map_once(&tables[n], table_size(n) * sizeof(struct note));

	return table;
}

/* The descriptors of a set are dense, so their places are adjacent; the set is hashed. */
static struct note *place(struct note *table, unsigned n, uint64_t key, unsigned i)
{
	return &table[((uint32_t)key + uh_hash_word(0, key >> 32) + i) & (table_size(n) - 1)];
}

static struct note *find(uint64_t key)
{
	for (unsigned n = 0; n < TABLES; n++) {
		struct note *table = atomic_load(&tables[n]);

		if (!table)
			break;
		for (unsigned i = 0; i < WINDOW; i++) {
			struct note *note = place(table, n, key, i);

			if (atomic_load_explicit(&note->key, memory_order_relaxed) == key)
				return note;
		}
	}
	return NULL;
}

/* True if the note can be reused: its registration was removed, or its set is gone. */
static bool is_reusable(struct note *note, uint64_t key)
{
	return atomic_load_explicit(&note->events, memory_order_relaxed) == 0 ||
	       !uh_epoll_set_exists((uint32_t)(key >> 32));
}

/* Claims a free place in the window, or also a reusable one. NULL if there is none. */
static struct note *claim_in(struct note *table, unsigned n, uint64_t key, bool reusable)
{
	for (unsigned i = 0; i < WINDOW; i++) {
		struct note *note = place(table, n, key, i);
		uint64_t there = atomic_load(&note->key);

		if (there && !(reusable && is_reusable(note, there)))
			continue;
		if (atomic_compare_exchange_strong(&note->key, &there, key))
			return note;
	}
	return NULL;
}

static struct note *claim_in_any(uint64_t key)
{
	for (unsigned n = 0; n < TABLES; n++) {
		struct note *table = get_table(n), *note;

		if (!table)
			return NULL;
		note = claim_in(table, n, key, false);
		if (!note)
			note = claim_in(table, n, key, true);
		if (note)
			return note;
	}
	return NULL;
}

void uh_epoll_note_write(int fd, uint32_t set, const struct epoll_event *event)
{
	uint64_t key = key_of(fd, set);
	struct note *note = find(key);

	if (!event) {
		if (note)
			atomic_store(&note->events, 0);
		return;
	}
	if (!note)
		note = claim_in_any(key);
	if (!note) {
		atomic_store(&full, true);
		return;
	}
	atomic_store(&note->data, event->data.u64);
	atomic_store(&note->events, events_word(key, event->events, event->data.u64));
}

enum uh_epoll_note_state uh_epoll_note_read(int fd, uint32_t set, struct epoll_event *event)
{
	uint64_t key = key_of(fd, set), events, data;
	struct note *note = find(key);

	if (!note)
		return atomic_load(&full) ? UH_NOTED_UNSURE : UH_NOT_NOTED;
	events = atomic_load(&note->events);
	data = atomic_load(&note->data);
	if (events == 0)
		return UH_NOT_NOTED;
	if (events != events_word(key, (uint32_t)events, data))
		return UH_NOTED_UNSURE;
	*event = (struct epoll_event){.events = (uint32_t)events, .data.u64 = data};
	return UH_NOTED;
}

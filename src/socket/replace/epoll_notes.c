/* SPDX-License-Identifier: MIT */
/*
 * epoll_notes.c: a lock-free table of registrations.
 *
 * A note lives in one of WINDOW places from the one that its number and set lead to, in the
 * first table with room; tables grow fourfold and never move. Wrong data would crash the
 * program, so a note has a sum over all of it: what two threads write at the same time, or a
 * fork cuts off, doesn't fit its sum and is no note.
 */
#include "epoll_notes.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>

#include "epoll_sets.h"
#include "base/large.h"

enum { TABLES = 6, FIRST_TABLE = 1024, WINDOW = 8 };

struct note {
	_Atomic uint64_t key;	 /* set << 32 | number; 0: free */
	_Atomic uint64_t events; /* the sum above them; 0: removed */
	_Atomic uint64_t data;
};

/* Never touched by a process that has no epoll set: it costs address space alone. */
UH_LARGE static struct note first_table[FIRST_TABLE];
static _Atomic(struct note *) tables[TABLES] = {first_table};
static atomic_bool full; /* one found no place */

static uint64_t key_of(int fd, uint32_t set)
{
	return (uint64_t)set << 32 | (unsigned)fd;
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 32;
}

/* Never 0 in its upper half, so that no registration looks like one that was removed. */
static uint64_t with_sum(uint64_t key, uint32_t events, uint64_t data)
{
	uint64_t sum = mix(mix(mix(1, key), events), data);

	return (sum | 1) << 32 | events;
}

static size_t table_size(unsigned n)
{
	return (size_t)FIRST_TABLE << (2 * n);
}

/* The n-th table, made if there is none yet; NULL without memory. */
static struct note *table_made(unsigned n)
{
	struct note *table = atomic_load(&tables[n]), *none = NULL;
	size_t bytes = table_size(n) * sizeof(*table);
	int saved = errno;

	if (table)
		return table;
	table = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	errno = saved;
	if (table == MAP_FAILED)
		return NULL;
	if (atomic_compare_exchange_strong(&tables[n], &none, table))
		return table;
	munmap(table, bytes);
	return none;
}

/* Numbers of one set lie side by side, as they are dense; sets lie anywhere. */
static struct note *place(struct note *table, unsigned n, uint64_t key, unsigned i)
{
	return &table[((uint32_t)key + (key >> 32) * 0x9e3779b1u + i) & (table_size(n) - 1)];
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

/* True for one that nobody needs any more: it was removed, or its set is gone. */
static bool is_idle(struct note *note, uint64_t key)
{
	return atomic_load_explicit(&note->events, memory_order_relaxed) == 0 ||
	       !uh_epoll_set_lives((uint32_t)(key >> 32));
}

/* A free place, or else an idle one. NULL if the window is full. */
static struct note *claim(struct note *table, unsigned n, uint64_t key, bool idle)
{
	for (unsigned i = 0; i < WINDOW; i++) {
		struct note *note = place(table, n, key, i);
		uint64_t there = atomic_load(&note->key);

		if (there && !(idle && is_idle(note, there)))
			continue;
		if (atomic_compare_exchange_strong(&note->key, &there, key))
			return note;
	}
	return NULL;
}

static struct note *claim_anywhere(uint64_t key)
{
	for (unsigned n = 0; n < TABLES; n++) {
		struct note *table = table_made(n), *note;

		if (!table)
			return NULL;
		note = claim(table, n, key, false);
		if (!note)
			note = claim(table, n, key, true);
		if (note)
			return note;
	}
	return NULL;
}

void uh_epoll_note(int fd, uint32_t set, const struct epoll_event *event)
{
	uint64_t key = key_of(fd, set);
	struct note *note = find(key);

	if (!event) {
		if (note)
			atomic_store(&note->events, 0);
		return;
	}
	if (!note)
		note = claim_anywhere(key);
	if (!note) {
		atomic_store(&full, true);
		return;
	}
	atomic_store(&note->data, event->data.u64);
	atomic_store(&note->events, with_sum(key, event->events, event->data.u64));
}

enum uh_epoll_noted uh_epoll_noted(int fd, uint32_t set, struct epoll_event *event)
{
	uint64_t key = key_of(fd, set), events, data;
	struct note *note = find(key);

	if (!note)
		return atomic_load(&full) ? UH_NOTED_UNSURE : UH_NOT_NOTED;
	events = atomic_load(&note->events);
	data = atomic_load(&note->data);
	if (events == 0)
		return UH_NOT_NOTED;
	if (events != with_sum(key, (uint32_t)events, data))
		return UH_NOTED_UNSURE;
	*event = (struct epoll_event){.events = (uint32_t)events, .data.u64 = data};
	return UH_NOTED;
}

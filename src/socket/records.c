/* SPDX-License-Identifier: MIT */
/*
 * records.c: the records of routed sockets, in lock-free tables.
 *
 * A record is RECORD_WORDS atomic words. The first is the socket's identity; it is FREE or BUSY
 * while the others are not valid, and readers look at it before and after. A record lives in one
 * of WINDOW places that its identity hashes to, in the first table with room; tables grow fourfold
 * and never move, so readers need no care. Before a further table is made, records of sockets that
 * are gone are swept out.
 */
#include "records.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "descriptors.h"
#include "libc.h"
#include "notes.h"

enum {
	TABLES = 8,
	FIRST_TABLE = 256, /* records; the n-th table holds FIRST_TABLE << 2n */
	WINDOW = 8,
	OPTION_WORDS = 16,
	SWEEP_AFTER = 64, /* records made between two sweeps, at the least */
};

enum { FREE = 0, BUSY = 1, NUMBERS = 1024 };

/* What the words after the identity hold. */
enum word {
	IDENTITY,
	HOME, /* the descriptor that it was made for */
	SEEN, /* the sweep that last saw the socket */
	PEER,
	PEER_HIGH,
	PEER_REST, /* scope, port, kind */
	TRAITS,    /* flow, protocol, domain, type */
	LOCAL,
	LOCAL_HIGH,
	LOCAL_REST, /* scope, port */
	OPTIONS,
	RECORD_WORDS = OPTIONS + OPTION_WORDS
};

typedef _Atomic uint64_t slot[RECORD_WORDS];

/*
 * The last record made for each number (modulo NUMBERS). When the number connects again the socket
 * behind that record is gone, unless it was copied: so a program without copies has no more records
 * than numbers, and needs no sweep.
 */
static _Atomic uint64_t last[NUMBERS];

static slot first_table[FIRST_TABLE];
static _Atomic(slot *) tables[TABLES] = { first_table };
atomic_bool uh_any_record;
static atomic_uint sweeps = 1;    /* number of the current sweep */
static atomic_uint made_since;    /* records since the last one */
static atomic_uint sweep_due = SWEEP_AFTER;
static atomic_int sweeper;        /* process id of who sweeps, or 0 */

#ifndef SO_COOKIE
#define SO_COOKIE 57
#endif

uint64_t uh_identity(int fd)
{
	int saved = errno;
	uint64_t cookie = 0;
	socklen_t size = sizeof(cookie);
	struct stat status;

	if (uh_libc_getsockopt()(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) != 0) {
		cookie = 0;
		if (errno == ENOPROTOOPT && fstat(fd, &status) == 0)
			cookie = (uint64_t)status.st_ino;
	}
	errno = saved;
	return cookie ? cookie + BUSY : 0;
}

static size_t table_size(unsigned n)
{
	return (size_t)FIRST_TABLE << (2 * n);
}

/* The n-th table, made if there is none yet; NULL without memory. */
static slot *table_made(unsigned n)
{
	slot *table = atomic_load(&tables[n]), *none = NULL;
	size_t bytes = table_size(n) * sizeof(slot);

	if (table)
		return table;
	table = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (table == MAP_FAILED)
		return NULL;
	if (atomic_compare_exchange_strong(&tables[n], &none, table))
		return table;
	munmap(table, bytes);
	return none;
}

/* The i-th place for an identity in the n-th table. */
static slot *place(slot *table, unsigned n, uint64_t identity, unsigned i)
{
	uint64_t hash = identity * 0x9e3779b97f4a7c15ULL;

	return &table[((hash >> 32) + i) & (table_size(n) - 1)];
}

static slot *find(uint64_t identity)
{
	if (!identity)
		return NULL;
	for (unsigned n = 0; n < TABLES; n++) {
		slot *table = atomic_load(&tables[n]);

		if (!table)
			break;
		for (unsigned i = 0; i < WINDOW; i++) {
			slot *at = place(table, n, identity, i);

			if (atomic_load(&(*at)[IDENTITY]) == identity)
				return at;
		}
	}
	return NULL;
}

/* Takes a free place of the table and marks it busy; NULL when its window is full. */
static slot *claim(slot *table, unsigned n, uint64_t identity)
{
	for (unsigned i = 0; i < WINDOW; i++) {
		slot *at = place(table, n, identity, i);
		uint64_t expected = FREE;

		if (atomic_compare_exchange_strong(&(*at)[IDENTITY], &expected, BUSY))
			return at;
	}
	return NULL;
}

static bool mark_seen(int fd, void *context)
{
	slot *at = find(uh_identity(fd));

	if (at)
		atomic_store(&(*at)[SEEN], *(unsigned *)context);
	return true;
}

/* A record unseen in this sweep and the one before belongs to no descriptor: the first may miss one on the move. */
static void drop_unseen(unsigned sweep)
{
	for (unsigned n = 0; n < TABLES; n++) {
		slot *table = atomic_load(&tables[n]);

		for (size_t i = 0; table && i < table_size(n); i++) {
			uint64_t identity = atomic_load(&table[i][IDENTITY]);

			if (identity > BUSY && atomic_load(&table[i][SEEN]) + 1 < sweep)
				atomic_compare_exchange_strong(&table[i][IDENTITY], &identity, FREE);
		}
	}
}

/*
 * The next sweep is due after as many records as an eighth of the descriptors: its cost is then a
 * few system calls for each connection, whatever the number of either. A sweep that a fork cut off
 * is another process's; the child starts its own.
 */
static void sweep_when_due(void)
{
	int self = uh_is_confined() ? 1 : getpid(), other = atomic_load(&sweeper);
	unsigned sweep, open;

	if (atomic_load(&made_since) < atomic_load(&sweep_due) || other == self ||
	    !atomic_compare_exchange_strong(&sweeper, &other, self))
		return;
	atomic_store(&made_since, 0);
	sweep = atomic_fetch_add(&sweeps, 1) + 1;
	open = uh_each_descriptor(mark_seen, &sweep);
	drop_unseen(sweep);
	atomic_store(&sweep_due, open / 8 > SWEEP_AFTER ? open / 8 : SWEEP_AFTER);
	atomic_store(&sweeper, 0);
}

static slot *claim_anywhere(uint64_t identity)
{
	slot *at = claim(first_table, 0, identity);
	int state;

	if (at)
		return at;
	state = uh_hold_cancel(); /* a sweep opens a directory */
	sweep_when_due();
	uh_release_cancel(state);
	for (unsigned n = 0; n < TABLES; n++) {
		slot *table = table_made(n);

		at = table ? claim(table, n, identity) : NULL;
		if (at || !table)
			return at;
	}
	return NULL;
}

/* Words between two looks at the identity need no order among themselves. */
static void set(slot *at, enum word word, uint64_t value)
{
	atomic_store_explicit(&(*at)[word], value, memory_order_relaxed);
}

static uint64_t get(slot *at, enum word word)
{
	return atomic_load_explicit(&(*at)[word], memory_order_relaxed);
}

static void store_address(slot *at, enum word first, const struct uh_address *address)
{
	uint64_t half[2];

	memcpy(half, address, sizeof(half));
	set(at, first, half[0]);
	set(at, first + 1, half[1]);
}

static void load_address(slot *at, enum word first, struct uh_address *address)
{
	uint64_t half[2] = { get(at, first), get(at, first + 1) };

	memcpy(address, half, sizeof(half));
}

static void store_local(slot *at, const struct uh_endpoint *local)
{
	store_address(at, LOCAL, &local->address);
	set(at, LOCAL_REST, (uint64_t)local->scope_id << 16 | local->port);
}

static void load_local(slot *at, struct uh_endpoint *local)
{
	uint64_t rest = get(at, LOCAL_REST);

	load_address(at, LOCAL, &local->address);
	local->scope_id = (uint32_t)(rest >> 16);
	local->port = (uint16_t)rest;
}

static void fill(slot *at, int fd, const struct uh_record *record)
{
	set(at, HOME, (unsigned)fd);
	set(at, SEEN, atomic_load(&sweeps));
	store_address(at, PEER, &record->peer.address);
	set(at, PEER_REST,
	    (uint64_t)record->peer.scope_id << 32 | (uint64_t)record->peer.port << 16 | record->kind);
	set(at, TRAITS,
	    (uint64_t)record->flow << 32 | (uint64_t)record->protocol << 16 |
		    (uint64_t)record->domain << 8 | record->type);
	store_local(at, &record->local);
	for (unsigned i = 0; i < OPTION_WORDS; i++)
		set(at, OPTIONS + i, 0);
}

/* The record that this number had before, unless a copy may still need it. */
static void drop_last(int fd)
{
	uint64_t identity = atomic_load(&last[(unsigned)fd % NUMBERS]);
	slot *at = find(identity);

	if (at && get(at, HOME) == (unsigned)fd && !uh_note_has(fd, UH_HINT_COPIED))
		atomic_compare_exchange_strong(&(*at)[IDENTITY], &identity, FREE);
}

bool uh_record_put(int fd, const struct uh_record *record)
{
	slot *at;

	if (!record->identity)
		return false;
	drop_last(fd);
	uh_record_drop(record->identity);
	at = claim_anywhere(record->identity);
	if (!at)
		return false;
	fill(at, fd, record);
	atomic_store_explicit(&(*at)[IDENTITY], record->identity, memory_order_release);
	atomic_store_explicit(&last[(unsigned)fd % NUMBERS], record->identity, memory_order_relaxed);
	atomic_fetch_add_explicit(&made_since, 1, memory_order_relaxed);
	if (!uh_records_any())
		atomic_store_explicit(&uh_any_record, true, memory_order_release);
	return true;
}

bool uh_record_find(int fd, struct uh_record *record)
{
	uint64_t identity = uh_records_any() ? uh_identity(fd) : 0;
	slot *at = find(identity);
	uint64_t peer, traits;

	if (!at)
		return false;
	record->identity = identity;
	load_address(at, PEER, &record->peer.address);
	peer = get(at, PEER_REST);
	record->peer.scope_id = (uint32_t)(peer >> 32);
	record->peer.port = (uint16_t)(peer >> 16);
	record->kind = (uint8_t)peer;
	traits = get(at, TRAITS);
	record->flow = (uint32_t)(traits >> 32);
	record->protocol = (uint16_t)(traits >> 16);
	record->domain = (uint8_t)(traits >> 8);
	record->type = (uint8_t)traits;
	load_local(at, &record->local);
	atomic_thread_fence(memory_order_acquire);
	return get(at, IDENTITY) == identity;
}

void uh_record_drop(uint64_t identity)
{
	slot *at = find(identity);

	if (at)
		atomic_compare_exchange_strong(&(*at)[IDENTITY], &identity, FREE);
}

void uh_record_set_local(uint64_t identity, const struct uh_endpoint *local)
{
	slot *at = find(identity);

	if (at)
		store_local(at, local);
}

/*
 * An option's value takes one word for each four bytes: level, name, size and part above, the
 * bytes below. A word is set whole, so a signal handler or a thread may do the same at any time.
 */
static uint64_t option_key(int level, int name, size_t size, unsigned part)
{
	return (uint64_t)(1 + (level & 0xff)) << 55 | (uint64_t)(name & 0xff) << 47 |
	       (uint64_t)size << 39 | (uint64_t)part << 32;
}

#define OPTION_NAME (0x1ffffULL << 47)
#define OPTION_PART (0x7fULL << 32)

/* Stores a word in place of one for the same part of the same option, or in an empty place. */
static bool put_option_word(slot *at, uint64_t word)
{
	uint64_t which = OPTION_NAME | OPTION_PART;

	for (unsigned i = 0; i < OPTION_WORDS; i++) {
		_Atomic uint64_t *place = &(*at)[OPTIONS + i];
		uint64_t old = atomic_load(place);

		while (old == 0 || (old & which) == (word & which))
			if (atomic_compare_exchange_weak(place, &old, word))
				return true;
	}
	return false;
}

bool uh_record_set_option(uint64_t identity, int level, int name, const void *value, size_t size)
{
	slot *at = size <= UH_OPTION_MAX ? find(identity) : NULL;
	unsigned part = 0;

	if (!at)
		return false;
	do {
		uint32_t four = 0;
		size_t left = size - part * 4;

		memcpy(&four, (const char *)value + part * 4, left < 4 ? left : 4);
		if (!put_option_word(at, option_key(level, name, size, part) | four))
			return false;
		part++;
	} while (part * 4 < size);
	return true;
}

bool uh_record_option(uint64_t identity, int level, int name, void *value, size_t *size)
{
	uint64_t key = option_key(level, name, 0, 0) & OPTION_NAME;
	slot *at = find(identity);
	bool found = false;

	for (unsigned i = 0; at && i < OPTION_WORDS; i++) {
		uint64_t word = atomic_load(&(*at)[OPTIONS + i]);
		size_t start = (size_t)(word >> 32 & 0x7f) * 4;
		uint32_t four = (uint32_t)word;

		if ((word & OPTION_NAME) != key)
			continue;
		if (start == 0)
			*size = (size_t)(word >> 39 & 0xff);
		if (start + 4 <= UH_OPTION_MAX)
			memcpy((char *)value + start, &four, 4);
		found = true;
	}
	return found;
}

void uh_record_each_option(uint64_t identity, void (*visit)(int level, int name, void *context),
			   void *context)
{
	slot *at = find(identity);

	for (unsigned i = 0; at && i < OPTION_WORDS; i++) {
		uint64_t word = atomic_load(&(*at)[OPTIONS + i]);

		if (word && !(word & OPTION_PART))
			visit((int)(word >> 55 & 0x1ff) - 1, (int)(word >> 47 & 0xff), context);
	}
}

/* SPDX-License-Identifier: MIT */
/* record_table.h: the slots that hold records; only for records.c and record_options.c. */
#ifndef UH_RECORD_TABLE_H
#define UH_RECORD_TABLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * A record is an array of words, each read and written atomically. Word 0 is the socket's
 * identity, or FREE or BUSY while the other words are not valid. A reader checks word 0 before
 * and after it reads the others (record_table.c has the steps).
 */
enum uh_record_word {
	UH_IDENTITY,
	UH_HOME, /* its descriptor; in the upper half the task that made it, or 0 */
	UH_SEEN, /* the latest sweep that saw the socket, UH_SEEN_NEVER; UH_SEEN_MISSED */
	UH_PEER,
	UH_PEER_HIGH,
	UH_PEER_REST, /* scope, port, bound parts, kind */
	UH_TRAITS,    /* flow, protocol, domain, type */
	UH_LOCAL,
	UH_LOCAL_HIGH,
	UH_LOCAL_REST, /* scope, port */
	UH_OPTIONS,
	UH_OPTION_WORDS = 32,
	UH_RECORD_WORDS = UH_OPTIONS + UH_OPTION_WORDS
};

enum { UH_SLOT_FREE = 0, UH_SLOT_BUSY = 1, UH_SEEN_NEVER = 0 };

/* The latest sweep that could have seen the socket has missed it. */
#define UH_SEEN_MISSED (UINT64_C(1) << 63)

typedef _Atomic uint64_t uh_record_slot[UH_RECORD_WORDS];

/*
 * Store with release order, load with acquire order: no other thread sees a word written before
 * BUSY, and no word is read after the reader's second check of the identity. Among themselves
 * the words need no order.
 */
static inline void uh_record_slot_set(uh_record_slot *at, enum uh_record_word word,
				      uint64_t value)
{
	atomic_store_explicit(&(*at)[word], value, memory_order_release);
}

static inline uint64_t uh_record_slot_get(uh_record_slot *at, enum uh_record_word word)
{
	return atomic_load_explicit(&(*at)[word], memory_order_acquire);
}

/* Returns the slot of the record with that identity, or NULL. Async-signal-safe. */
uh_record_slot *uh_record_slot_find(uint64_t identity);

/*
 * Claims a free slot for an identity: it is BUSY, and its UH_SEEN is set. The caller writes the
 * other words and then the identity. May first sweep out records of sockets that are gone. task
 * is uh_thread_id(). Returns NULL if there is no memory. errno is kept. Async-signal-safe.
 */
uh_record_slot *uh_record_slot_claim(uint64_t identity, pid_t task);

#endif

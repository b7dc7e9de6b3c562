/* SPDX-License-Identifier: MIT */
/* record_table.h: the places that records live in, for records.c and record_options.c alone. */
#ifndef UH_RECORD_TABLE_H
#define UH_RECORD_TABLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * A record is words that are read and written one by one. The first is the socket's identity;
 * it is FREE or BUSY while the others are not valid, and readers look at it before and after.
 */
enum uh_record_word {
	UH_IDENTITY,
	UH_HOME, /* the descriptor that it was made for; above it the task that made it, or 0 */
	UH_SEEN, /* the sweep that last saw the socket, or UH_SEEN_NEVER; with UH_SEEN_MISSED */
	UH_PEER,
	UH_PEER_HIGH,
	UH_PEER_REST, /* scope, port, what was bound, kind */
	UH_TRAITS,    /* flow, protocol, domain, type */
	UH_LOCAL,
	UH_LOCAL_HIGH,
	UH_LOCAL_REST, /* scope, port */
	UH_OPTIONS,
	UH_OPTION_WORDS = 32,
	UH_RECORD_WORDS = UH_OPTIONS + UH_OPTION_WORDS
};

enum { UH_SLOT_FREE = 0, UH_SLOT_BUSY = 1, UH_SEEN_NEVER = 0 };

/* The last sweep of those that may drop the record did not see its socket. */
#define UH_SEEN_MISSED (UINT64_C(1) << 63)

typedef _Atomic uint64_t uh_record_slot[UH_RECORD_WORDS];

/*
 * Words between two looks at the identity need no order among themselves, but none may be read
 * after the second look, and none be written, as others see it, before the identity was BUSY.
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

/* The place of an identity's record, or NULL. Async-signal-safe. */
uh_record_slot *uh_record_slot_find(uint64_t identity);

/*
 * A free place for an identity, now BUSY, with UH_SEEN set; the caller fills the other words
 * and publishes the identity. NULL without memory. May sweep out records of sockets that are
 * gone. task: uh_task(). errno is kept. Async-signal-safe.
 */
uh_record_slot *uh_record_slot_claim(uint64_t identity, pid_t task);

#endif

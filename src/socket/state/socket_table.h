/* SPDX-License-Identifier: MIT */
/* socket_table.h: hash tables of what is remembered of sockets, keyed by their identity. */
#ifndef UH_SOCKET_TABLE_H
#define UH_SOCKET_TABLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * A slot is an array of words, each read and written atomically. Word 0 is the socket's
 * identity, or FREE or BUSY while the other words are not valid. A reader checks word 0 before
 * and after it reads the others (socket_table.c has the steps).
 */
enum uh_slot_word {
	UH_IDENTITY,
	UH_HOME, /* its descriptor; in the upper half the task that made it, or 0 */
	UH_SEEN, /* the latest sweep that saw the socket, UH_SEEN_NEVER; UH_SEEN_MISSED */
	UH_SLOT_CONTENT, /* the first word that the users of the table define */
};

enum { UH_SLOT_FREE = 0, UH_SLOT_BUSY = 1, UH_SEEN_NEVER = 0 };

/* The latest sweep that could have seen the socket has missed it. */
#define UH_SEEN_MISSED (UINT64_C(1) << 63)

typedef _Atomic uint64_t uh_slot;

enum { UH_FIRST_SLOTS = 256, UH_SOCKET_TABLES = 8, UH_LISTED_NUMBERS = 1024 };

/*
 * The tables of one kind of slot, all in static memory except tables 1 to 7. A program that
 * makes no copies of descriptors has few more slots than descriptors: `latest` holds, for each
 * descriptor modulo UH_LISTED_NUMBERS, the identities of the last two sockets that got a slot,
 * the newest first.
 */
struct uh_socket_table {
	unsigned words;				 /* of a slot */
	_Atomic(void *) table[UH_SOCKET_TABLES]; /* table n holds UH_FIRST_SLOTS << 2n */
	_Atomic uint64_t (*latest)[2];		 /* UH_LISTED_NUMBERS of them */
	atomic_uint sweeps;			 /* how many sweeps there were */
	atomic_uint made_since_sweep;		 /* slots claimed since the latest sweep */
	atomic_uint open_eighth; /* an eighth of the descriptors that were open then */
	atomic_int sweeper;	 /* process id of the process that sweeps, or 0 */
};

/*
 * Store with release order, load with acquire order: no other thread sees a word written before
 * BUSY, and no word is read after the reader's second check of the identity. Among themselves
 * the words need no order.
 */
static inline void uh_slot_set(uh_slot *at, unsigned word, uint64_t value)
{
	atomic_store_explicit(&at[word], value, memory_order_release);
}

static inline uint64_t uh_slot_get(uh_slot *at, unsigned word)
{
	return atomic_load_explicit(&at[word], memory_order_acquire);
}

/* Returns the slot of the socket with that identity, or NULL. Async-signal-safe. */
uh_slot *uh_slot_find(struct uh_socket_table *table, uint64_t identity);

/*
 * Returns the socket's slot after `previous`, or NULL. A socket has several slots if several
 * threads have claimed one at the same time; uh_slot_find returns the first. Async-signal-safe.
 */
uh_slot *uh_slot_find_next(struct uh_socket_table *table, uint64_t identity,
			   const uh_slot *previous);

/*
 * Claims a slot for fd's socket, whether or not the socket has one: it is BUSY, and its UH_HOME
 * and UH_SEEN are set. The caller writes the other words and calls uh_slot_publish.
 *
 * Also frees the slot of an older socket that had the descriptor, unless that socket may have
 * copies, and may first sweep out slots of sockets that are gone. Returns NULL if there is no
 * memory. May map memory (mmap(2)). errno is kept. Async-signal-safe.
 */
uh_slot *uh_slot_claim(struct uh_socket_table *table, int fd, uint64_t identity);

/* Makes a claimed slot valid. Async-signal-safe. */
void uh_slot_publish(uh_slot *at, uint64_t identity);

/* Frees the socket's slot, if it has one: the one that uh_slot_find returns. Async-signal-safe.
 */
void uh_slot_remove(struct uh_socket_table *table, uint64_t identity);

/*
 * The socket has another descriptor now: its slot, if any, is no longer freed when the
 * descriptor that it was made for gets another one. Async-signal-safe.
 */
void uh_slot_copied(struct uh_socket_table *table, uint64_t identity);

/* No slot of the table is attributed to a task any more. Async-signal-safe. */
void uh_slots_disown(struct uh_socket_table *table);

/*
 * True if tasks with different descriptor tables share the memory of this process
 * (uh_records_are_shared in records.h). uh_slots_set_shared makes that true.
 * uh_slots_are_known_shared tells only what is known already, without a system call.
 * Async-signal-safe.
 */
bool uh_slots_are_shared(pid_t task);
bool uh_slots_are_known_shared(void);
void uh_slots_set_shared(void);

#endif

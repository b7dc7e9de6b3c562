/* SPDX-License-Identifier: MIT */
/* records.h: what to answer for a socket that was connected by a route. */
#ifndef UH_RECORDS_H
#define UH_RECORDS_H

#include <stdatomic.h>
#include <sys/types.h>

#include "base/address.h"

/*
 * A record belongs to a socket, not to a descriptor number: it is found by SO_COOKIE, which the
 * kernel gives to one socket and never again. So copies of a descriptor share it however they
 * were made, and a reused number never sees it. A record goes when its number connects again,
 * or, if it may have copies, when room is short and no descriptor stands for its socket any
 * more: there are at most a few for each open descriptor, and some thousands more once tasks
 * with several tables of descriptors use the records.
 *
 * Records are read and written without locks; all functions here are async-signal-safe and keep
 * errno. A first record in more than the built-in room maps a page or more (mmap(2)).
 */

enum uh_record_kind {
	UH_REPLACED = 1,  /* another socket stands in for the program's */
	UH_REWRITTEN = 2, /* the program's own socket, connected to another address */
};

enum uh_bound { UH_BOUND_ADDRESS = 1, UH_BOUND_PORT = 2 };

struct uh_record {
	uint64_t identity;
	struct uh_endpoint peer; /* what the program asked for */
	struct uh_endpoint
	    local;	   /* what it had bound; unspecified address and port 0 where not */
	uint32_t flow;	   /* sin6_flowinfo of the peer */
	uint16_t protocol; /* SO_PROTOCOL of the program's socket */
	uint8_t domain;	   /* its SO_DOMAIN */
	uint8_t type;	   /* its SO_TYPE */
	uint8_t kind;	   /* enum uh_record_kind */
	uint8_t bound;	   /* enum uh_bound: what local had when the record was put */
	bool write_shut;   /* by the program's shutdown(2) */
};

/* An option's value, as long as the kernel's longest that is remembered. */
#define UH_OPTION_MAX 64

/* What identifies the socket behind fd (SO_COOKIE, or where there is none st_ino), or 0. */
uint64_t uh_socket_identity(int fd);

extern atomic_bool uh_any_record;

/* True when this process has any record: one load. */
static inline bool uh_records_any(void)
{
	return atomic_load_explicit(&uh_any_record, memory_order_acquire);
}

/*
 * Keeps *record under record->identity, replacing one for the same socket, and one that was
 * kept for fd before and has no copies. Returns false when there is no room.
 */
bool uh_record_put(int fd, const struct uh_record *record);

/*
 * True once tasks with several tables of descriptors use the records, and the hints of
 * fd_hints.h: a number then tells nothing, as it stands for one file here and for another
 * there. Learns of a child of vfork(2) when that asks, which it does before its first record.
 * task: uh_task().
 */
bool uh_records_are_shared(pid_t task);

/*
 * Called before and after the calling thread gets a table of its own (unshare(2) with
 * CLONE_FILES, close_range(2)): from then on no task can tell alone that a record that is there
 * belongs to no descriptor.
 */
void uh_records_share(void);

/* Copies the record of the socket behind fd. Returns false when it has none. */
bool uh_record_find(int fd, struct uh_record *record);

/* Drops the record of that identity. */
void uh_record_remove(uint64_t identity);

/* The socket behind fd, if it has a record, is under a number that its maker doesn't know of:
 * the record doesn't go with the maker's number. */
void uh_record_copied(int fd);

/*
 * The program was told EINPROGRESS for a connection that is made. uh_record_end_progress
 * returns true once after it: to one more connect(2), which says 0.
 */
void uh_record_begin_progress(uint64_t identity);
bool uh_record_end_progress(uint64_t identity);

/* Remembers that the program has shut the socket for writing. */
void uh_record_shut_writing(uint64_t identity);

/* Fixes the local name of a socket, so that it stays the same from the first answer on. */
void uh_record_set_local(uint64_t identity, const struct uh_endpoint *local);

/*
 * Remembers an option's value (0 to UH_OPTION_MAX bytes). Returns false when it doesn't fit
 * with what is remembered already.
 */
bool uh_record_set_option(uint64_t identity, int level, int name, const void *value,
			  size_t size);

/* Copies a remembered value (at most UH_OPTION_MAX bytes) and its *size. Returns false where
 * none is. */
bool uh_record_option(uint64_t identity, int level, int name, void *value, size_t *size);

/* Calls visit for each remembered option. */
void uh_record_each_option(uint64_t identity, void (*visit)(int level, int name, void *context),
			   void *context);

#endif

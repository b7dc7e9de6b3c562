/* SPDX-License-Identifier: MIT */
/* records.h: what is remembered of a socket that was connected by a route. */
#ifndef UH_RECORDS_H
#define UH_RECORDS_H

#include <stdatomic.h>
#include <sys/types.h>

#include "base/address.h"

/*
 * A record belongs to a socket, not to a descriptor: it is found by the socket's identity
 * (SO_COOKIE), which the kernel never reuses. All copies of a descriptor therefore share the
 * record, and a reused descriptor never finds it.
 *
 * A record is removed when its descriptor connects again. If its socket may have been copied,
 * it is removed by a sweep, when room is short and no descriptor has the socket any more. There
 * are at most a few records for each open descriptor, and some thousands more if tasks with
 * different descriptor tables share the records.
 *
 * Records are read and written without locks. All functions here are async-signal-safe and keep
 * errno. Making a record may map memory (mmap(2)) if the built-in room is full.
 */

enum uh_record_kind {
	UH_REPLACED = 1,  /* under the program's descriptor is a replacement socket */
	UH_REWRITTEN = 2, /* the program's own socket, connected to another address */
};

enum uh_bound { UH_BOUND_ADDRESS = 1, UH_BOUND_PORT = 2 };

struct uh_record {
	uint64_t identity;
	struct uh_endpoint peer;  /* the destination that the program asked for */
	struct uh_endpoint local; /* bound address, or unspecified and port 0 */
	uint32_t flow;		  /* sin6_flowinfo of the peer */
	uint16_t protocol;	  /* SO_PROTOCOL of the program's own socket */
	uint8_t domain;		  /* its SO_DOMAIN */
	uint8_t type;		  /* its SO_TYPE */
	uint8_t kind;		  /* enum uh_record_kind */
	uint8_t bound;		  /* enum uh_bound: what was bound before connect(2) */
	bool write_shut;	  /* by the program's shutdown(2) */
};

/* The size in bytes of the longest option value that is remembered. */
#define UH_OPTION_MAX 64

/* Why a call takes the slow path: a record was made; the process is traced now. */
enum { UH_HAS_RECORDS = 1, UH_IS_TRACED = 2 };
extern atomic_uchar uh_any_record;

/* True if this process has made a record, or its connections are traced. Costs one load. */
static inline bool uh_records_any(void)
{
	return atomic_load_explicit(&uh_any_record, memory_order_acquire) != 0;
}

/*
 * Stores *record, replacing a record with the same identity. Also removes an older record that
 * was made for fd, if its socket has no copies. Returns false if there is no room.
 */
bool uh_record_add(int fd, const struct uh_record *record);

/*
 * True if tasks with different descriptor tables use the records and hints of this process: a
 * descriptor number then doesn't identify a file. A vfork(2) child is noticed by this call,
 * which it makes before it makes its first record. task is uh_thread_id().
 */
bool uh_records_are_shared(pid_t task);

/*
 * Called before and after the calling thread gets its own descriptor table (unshare(2) with
 * CLONE_FILES, close_range(2)). Makes uh_records_are_shared true, and no existing record is
 * attributed to a task any more.
 */
void uh_records_set_shared(void);

/* Copies the record of the socket behind fd to *record. Returns false if it has none. */
bool uh_record_find(int fd, struct uh_record *record);

/* Removes the record with that identity, if there is one. */
void uh_record_remove(uint64_t identity);

/*
 * The socket behind fd got another descriptor: its record, if any, is no longer removed when
 * the descriptor that it was made for connects again.
 */
void uh_record_copied(int fd);

/*
 * Notes that connect(2) returned EINPROGRESS for a connection that is already made.
 * uh_record_clear_in_progress returns true once after that, for the next connect(2), which
 * returns 0.
 */
void uh_record_set_in_progress(uint64_t identity);
bool uh_record_clear_in_progress(uint64_t identity);

/* Notes that the program has shut down the socket for writing. */
void uh_record_set_write_shut(uint64_t identity);

/* Stores the local address of the socket, so that getsockname(2) always gives the same one. */
void uh_record_set_local(uint64_t identity, const struct uh_endpoint *local);

/*
 * Stores an option's value of 0 to UH_OPTION_MAX bytes. Returns false if it is longer, there is
 * no record, or there is no room.
 */
bool uh_record_set_option(uint64_t identity, int level, int name, const void *value,
			  size_t size);

/*
 * Copies the remembered value of an option to value, which has UH_OPTION_MAX bytes, and its
 * size to *size. Returns false if the option is not remembered.
 */
bool uh_record_get_option(uint64_t identity, int level, int name, void *value, size_t *size);

/* Calls visit for each remembered option. */
void uh_record_each_option(uint64_t identity, void (*visit)(int level, int name, void *context),
			   void *context);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * record_table.c: lock-free hash tables of records, keyed by a socket's identity.
 *
 * A record lies in one of the WINDOW slots that follow its identity's hash, in the first table
 * whose window has room. Each further table is four times as large as the one before. A table
 * is never moved or freed, so a reader can keep a pointer into it.
 *
 *   writer                            word 0      reader
 *                                     FREE
 *   1. compare-and-swap FREE to BUSY  BUSY        finds no match
 *   2. write the other words          BUSY        finds no match
 *   3. store the identity             identity    1. word 0 matches
 *                                     identity    2. read the other words
 *                                     identity    3. word 0 still matches: the record is valid
 *   4. remove: compare-and-swap       FREE           word 0 has changed: discard the words
 *      the identity to FREE
 *
 * Before a further table is made, a sweep removes the records of sockets that no descriptor of
 * this process has any more:
 *
 *   1. Sweep n sets UH_SEEN = n in the record of each open descriptor.
 *   2. Every other record has been missed. The first miss sets UH_SEEN_MISSED, because the
 *      socket may have got another descriptor during the sweep. The second miss in a row
 *      removes the record.
 *
 * A sweep sees only the descriptors of its own task. A vfork(2) child, or a thread after
 * unshare(2) with CLONE_FILES, uses these records but has another descriptor table. Once there
 * has been such a task (`shared`), step 2 applies only to the records that the sweep's own task
 * has made. Records of another task are removed if that task is dead and the last MISSES
 * sweeps, of whatever tasks, have missed them.
 */
#include "record_table.h"

#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "process/vfork_child.h"
#include "process/descriptors.h"
#include "process/seccomp_filter.h"
#include "base/large.h"
#include "base/map_once.h"
#include "identity.h"
#include "records.h"

enum {
	TABLES = 8,
	FIRST_TABLE = 256, /* records; table n holds FIRST_TABLE << 2n */
	WINDOW = 8,
	SWEEP_AFTER = 64, /* at least so many records are made between two sweeps */
	MISSES = 256,
};

UH_LARGE static uh_record_slot first_table[FIRST_TABLE];
static _Atomic(void *) tables[TABLES] = {first_table};
atomic_bool uh_any_record;
static atomic_uint sweeps = 1;	     /* number of the latest sweep */
static atomic_uint made_since_sweep; /* records made since the latest sweep */
static atomic_uint sweep_due = SWEEP_AFTER;
static atomic_int sweeper; /* process id of the process that sweeps, or 0 */
static atomic_bool shared;

static size_t table_size(unsigned n)
{
	return (size_t)FIRST_TABLE << (2 * n);
}

/* Returns table n, mapping it if needed, or NULL if there is no memory. */
static uh_record_slot *get_table(unsigned n)
{
	return uh_map_once(&tables[n], table_size(n) * sizeof(uh_record_slot));
}

/*
 * Returns the i-th slot for an identity in table n. Cookies are consecutive numbers, and one
 * multiplication spreads such numbers evenly, so all windows fill at the same pace. A hash that
 * is as good as random (uh_hash_word) fills some windows early, and needs a further table.
 */
static uh_record_slot *slot_of(uh_record_slot *table, unsigned n, uint64_t identity, unsigned i)
{
	uint64_t hash = identity * 0x9e3779b97f4a7c15u;

	return &table[((hash >> 32) + i) & (table_size(n) - 1)];
}

uh_record_slot *uh_record_slot_find(uint64_t identity)
{
	if (!identity || !uh_records_any())
		return NULL;
	for (unsigned n = 0; n < TABLES; n++) {
		uh_record_slot *table = atomic_load(&tables[n]);

		if (!table)
			break;
		for (unsigned i = 0; i < WINDOW; i++) {
			uh_record_slot *at = slot_of(table, n, identity, i);

			if (atomic_load(&(*at)[UH_IDENTITY]) == identity)
				return at;
		}
	}
	return NULL;
}

/* Marks a free slot for the identity BUSY and returns it; NULL if its window is full. */
static uh_record_slot *claim_in(uh_record_slot *table, unsigned n, uint64_t identity)
{
	for (unsigned i = 0; i < WINDOW; i++) {
		uh_record_slot *at = slot_of(table, n, identity, i);
		uint64_t expected = UH_SLOT_FREE;

		if (atomic_compare_exchange_strong(&(*at)[UH_IDENTITY], &expected,
						   UH_SLOT_BUSY))
			return at;
	}
	return NULL;
}

static bool mark_seen(int fd, void *context)
{
	uh_record_slot *at = uh_record_slot_find(uh_socket_identity(fd));

	if (at)
		atomic_store(&(*at)[UH_SEEN], *(unsigned *)context);
	return true;
}

bool uh_records_are_shared(pid_t task)
{
	if (!atomic_load(&shared) && uh_is_vfork_child(task))
		atomic_store(&shared, true);
	return atomic_load(&shared);
}

void uh_records_set_shared(void)
{
	atomic_store(&shared, true);
	for (unsigned n = 0; n < TABLES; n++) {
		uh_record_slot *table = atomic_load(&tables[n]);

		for (size_t i = 0; table && i < table_size(n); i++)
			uh_record_slot_set(&table[i], UH_HOME, 0);
	}
}

static bool is_alive(uint32_t task)
{
	int saved = errno;
	bool is =
	    task && !uh_is_filtered() && (syscall(SYS_tkill, task, 0) == 0 || errno != ESRCH);

	errno = saved;
	return is;
}

/*
 * Sweep, step 2, for one record. Misses are counted from the first sweep that finds the record
 * published, not from its claim, because its thread may be preempted between the two.
 *
 * `shared` is read after the identity: a task with another descriptor table sets `shared`
 * before it makes its first record.
 */
static void remove_if_missed(uh_record_slot *at, unsigned sweep, pid_t task)
{
	uint64_t identity = atomic_load(&(*at)[UH_IDENTITY]), seen = UH_SEEN_NEVER;
	uint32_t maker = (uint32_t)(uh_record_slot_get(at, UH_HOME) >> 32);
	bool own = !atomic_load(&shared) || (task && maker == (uint32_t)task), gone;

	if (identity <= UH_SLOT_BUSY ||
	    atomic_compare_exchange_strong(&(*at)[UH_SEEN], &seen, sweep) ||
	    (seen & ~UH_SEEN_MISSED) >= sweep)
		return;
	if (!own)
		gone = sweep - (seen & ~UH_SEEN_MISSED) >= MISSES && !is_alive(maker);
	else if (!(gone = seen & UH_SEEN_MISSED))
		atomic_compare_exchange_strong(&(*at)[UH_SEEN], &seen, seen | UH_SEEN_MISSED);
	if (gone)
		atomic_compare_exchange_strong(&(*at)[UH_IDENTITY], &identity, UH_SLOT_FREE);
}

static void remove_missed(unsigned sweep, pid_t task)
{
	for (unsigned n = 0; n < TABLES; n++) {
		uh_record_slot *table = atomic_load(&tables[n]);

		for (size_t i = 0; table && i < table_size(n); i++)
			remove_if_missed(&table[i], sweep, task);
	}
}

/*
 * A sweep is due after as many new records as an eighth of the open descriptors, so it costs a
 * few system calls for each connection, however many descriptors there are. `sweeper` is a
 * process id so that a child forked during a sweep does not wait for its parent's sweep.
 */
static void sweep_when_due(pid_t task)
{
	int self = uh_is_confined() ? 1 : getpid(), other = atomic_load(&sweeper);
	unsigned sweep, open;

	if (atomic_load(&made_since_sweep) < atomic_load(&sweep_due) || other == self ||
	    !atomic_compare_exchange_strong(&sweeper, &other, self))
		return;
	atomic_store(&made_since_sweep, 0);
	sweep = atomic_fetch_add(&sweeps, 1) + 1;
	open = uh_each_descriptor(mark_seen, &sweep);
	remove_missed(sweep, task);
	atomic_store(&sweep_due, open / 8 > SWEEP_AFTER ? open / 8 : SWEEP_AFTER);
	atomic_store(&sweeper, 0);
}

static uh_record_slot *claim_in_any(uint64_t identity, pid_t task)
{
	uh_record_slot *at = claim_in(first_table, 0, identity);

	if (at)
		return at;
	sweep_when_due(task);
	for (unsigned n = 0; n < TABLES; n++) {
		uh_record_slot *table = get_table(n);

		at = table ? claim_in(table, n, identity) : NULL;
		if (at || !table)
			return at;
	}
	return NULL;
}

uh_record_slot *uh_record_slot_claim(uint64_t identity, pid_t task)
{
	uh_record_slot *at = claim_in_any(identity, task);

	if (at) {
		uh_record_slot_set(at, UH_SEEN, UH_SEEN_NEVER);
		atomic_fetch_add_explicit(&made_since_sweep, 1, memory_order_relaxed);
	}
	return at;
}

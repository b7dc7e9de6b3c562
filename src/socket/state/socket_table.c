/* SPDX-License-Identifier: MIT */
/*
 * socket_table.c: lock-free hash tables of slots, keyed by a socket's identity.
 *
 * A slot is one of the WINDOW slots that follow its identity's hash, in the first table whose
 * window has room. Each further table is four times as large as the one before. A table is
 * never moved or freed, so a reader can keep a pointer into it.
 *
 *   writer                            word 0      reader
 *                                     FREE
 *   1. compare-and-swap FREE to BUSY  BUSY        finds no match
 *   2. write the other words          BUSY        finds no match
 *   3. store the identity             identity    1. word 0 matches
 *                                     identity    2. read the other words
 *                                     identity    3. word 0 still matches: the slot is valid
 *   4. remove: compare-and-swap       FREE           word 0 has changed: discard the words
 *      the identity to FREE
 *
 * Before a further table is made, a sweep frees the slots of sockets that no descriptor of this
 * process has any more:
 *
 *   1. Sweep n sets UH_SEEN = n in the slot of each open descriptor.
 *   2. Every other slot has been missed. The first miss sets UH_SEEN_MISSED, because the socket
 *      may have got another descriptor during the sweep. The second miss in a row frees the
 *      slot.
 *
 * A sweep sees only the descriptors of its own task. A vfork(2) child, or a thread after
 * unshare(2) with CLONE_FILES, uses these slots but has another descriptor table. Once there
 * has been such a task (`shared`), step 2 applies only to the slots that the sweep's own task
 * has made. Slots of another task are freed if that task is dead and the last MISSES sweeps, of
 * whatever tasks, have missed them.
 */
#include "socket_table.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "process/vfork_child.h"
#include "process/descriptors.h"
#include "process/seccomp_filter.h"
#include "base/map_once.h"
#include "fd_hints.h"
#include "identity.h"

enum {
	WINDOW = 8,
	SWEEP_AFTER = 64, /* at least so many slots are claimed between two sweeps */
	MISSES = 256,
};

static atomic_bool shared;

static size_t slots_in(unsigned n)
{
	return (size_t)UH_FIRST_SLOTS << (2 * n);
}

/* Returns table n, mapping it if needed, or NULL if there is no memory. */
static uh_slot *get_table(struct uh_socket_table *table, unsigned n)
{
	uh_slot *first =
	    uh_map_once(&table->table[n], slots_in(n) * table->words * sizeof(uh_slot));

	return first;
}

/*
 * Returns the i-th slot for an identity in table n. Cookies are consecutive numbers, and one
 * multiplication spreads such numbers evenly, so all windows fill at the same pace. A hash that
 * is as good as random (uh_hash_word) fills some windows early, and needs a further table.
 */
static uh_slot *slot_of(const struct uh_socket_table *table, uh_slot *first, unsigned n,
			uint64_t identity, unsigned i)
{
	uint64_t hash = identity * 0x9e3779b97f4a7c15u;

	return first + (((hash >> 32) + i) & (slots_in(n) - 1)) * table->words;
}

uh_slot *uh_slot_find_next(struct uh_socket_table *table, uint64_t identity,
			   const uh_slot *previous)
{
	if (!identity)
		return NULL;
	for (unsigned n = 0; n < UH_SOCKET_TABLES; n++) {
		uh_slot *first = atomic_load(&table->table[n]);

		if (!first)
			break;
		for (unsigned i = 0; i < WINDOW; i++) {
			uh_slot *at = slot_of(table, first, n, identity, i);

			if (atomic_load(&at[UH_IDENTITY]) != identity)
				continue;
			if (!previous)
				return at;
			if (at == previous)
				previous = NULL;
		}
	}
	return NULL;
}

uh_slot *uh_slot_find(struct uh_socket_table *table, uint64_t identity)
{
	return uh_slot_find_next(table, identity, NULL);
}

/* Marks a free slot for the identity BUSY and returns it; NULL if its window is full. */
static uh_slot *claim_in(struct uh_socket_table *table, uh_slot *first, unsigned n,
			 uint64_t identity)
{
	for (unsigned i = 0; i < WINDOW; i++) {
		uh_slot *at = slot_of(table, first, n, identity, i);
		uint64_t expected = UH_SLOT_FREE;

		if (atomic_compare_exchange_strong(&at[UH_IDENTITY], &expected, UH_SLOT_BUSY))
			return at;
	}
	return NULL;
}

bool uh_slots_are_known_shared(void)
{
	return atomic_load_explicit(&shared, memory_order_relaxed);
}

bool uh_slots_are_shared(pid_t task)
{
	if (!atomic_load(&shared) && uh_is_vfork_child(task))
		atomic_store(&shared, true);
	return atomic_load(&shared);
}

void uh_slots_set_shared(void)
{
	atomic_store(&shared, true);
}

/* Calls visit for each slot. */
static void each_slot(struct uh_socket_table *table, void (*visit)(uh_slot *at, void *context),
		      void *context)
{
	for (unsigned n = 0; n < UH_SOCKET_TABLES; n++) {
		uh_slot *first = atomic_load(&table->table[n]);

		for (size_t i = 0; first && i < slots_in(n); i++)
			visit(first + i * table->words, context);
	}
}

static void disown(uh_slot *at, void *unused)
{
	(void)unused;
	uh_slot_set(at, UH_HOME, 0);
}

void uh_slots_disown(struct uh_socket_table *table)
{
	each_slot(table, disown, NULL);
}

static bool is_alive(uint32_t task)
{
	int saved = errno;
	bool is =
	    task && !uh_is_filtered() && (syscall(SYS_tkill, task, 0) == 0 || errno != ESRCH);

	errno = saved;
	return is;
}

struct sweep {
	struct uh_socket_table *table;
	unsigned number;
	pid_t task;
};

static bool mark_seen(int fd, void *context)
{
	const struct sweep *sweep = context;
	uh_slot *at = uh_slot_find(sweep->table, uh_socket_identity(fd));

	if (at)
		atomic_store(&at[UH_SEEN], sweep->number);
	return true;
}

/*
 * Sweep, step 2, for one slot. Misses are counted from the first sweep that finds the slot
 * published, not from its claim, because its thread may be preempted between the two.
 *
 * `shared` is read after the identity: a task with another descriptor table sets `shared`
 * before it makes its first slot.
 */
static void free_if_missed(uh_slot *at, void *context)
{
	const struct sweep *sweep = context;
	uint64_t identity = atomic_load(&at[UH_IDENTITY]), seen = UH_SEEN_NEVER;
	uint32_t maker = (uint32_t)(uh_slot_get(at, UH_HOME) >> 32);
	bool own = !atomic_load(&shared) || (sweep->task && maker == (uint32_t)sweep->task),
	     gone;

	if (identity <= UH_SLOT_BUSY ||
	    atomic_compare_exchange_strong(&at[UH_SEEN], &seen, sweep->number) ||
	    (seen & ~UH_SEEN_MISSED) >= sweep->number)
		return;
	if (!own)
		gone = sweep->number - (seen & ~UH_SEEN_MISSED) >= MISSES && !is_alive(maker);
	else if (!(gone = seen & UH_SEEN_MISSED))
		atomic_compare_exchange_strong(&at[UH_SEEN], &seen, seen | UH_SEEN_MISSED);
	if (gone)
		atomic_compare_exchange_strong(&at[UH_IDENTITY], &identity, UH_SLOT_FREE);
}

/* True if so many slots were claimed since the last sweep that another one is worth its cost.
 */
static bool sweep_is_due(struct uh_socket_table *table)
{
	unsigned due = atomic_load(&table->open_eighth);

	return atomic_load(&table->made_since_sweep) >= (due > SWEEP_AFTER ? due : SWEEP_AFTER);
}

/*
 * A sweep is due after as many new slots as an eighth of the open descriptors, so it costs a
 * few system calls for each slot, however many descriptors there are. `sweeper` is a process id
 * so that a child forked during a sweep does not wait for its parent's sweep. The first sweep
 * has the number 2, because UH_SEEN must not be UH_SEEN_NEVER.
 */
static void sweep_when_due(struct uh_socket_table *table, pid_t task)
{
	int self = uh_is_confined() ? 1 : getpid(), other = atomic_load(&table->sweeper);
	struct sweep sweep = {.table = table, .task = task};

	if (!sweep_is_due(table) || other == self ||
	    !atomic_compare_exchange_strong(&table->sweeper, &other, self))
		return;
	atomic_store(&table->made_since_sweep, 0);
	sweep.number = atomic_fetch_add(&table->sweeps, 1) + 2;
	atomic_store(&table->open_eighth, uh_each_descriptor(mark_seen, &sweep) / 8);
	each_slot(table, free_if_missed, &sweep);
	atomic_store(&table->sweeper, 0);
}

static uh_slot *claim_in_any(struct uh_socket_table *table, uint64_t identity, pid_t task)
{
	uh_slot *at = claim_in(table, get_table(table, 0), 0, identity);

	if (at)
		return at;
	sweep_when_due(table, task);
	for (unsigned n = 0; n < UH_SOCKET_TABLES; n++) {
		uh_slot *first = get_table(table, n);

		at = first ? claim_in(table, first, n, identity) : NULL;
		if (at || !first)
			return at;
	}
	return NULL;
}

/*
 * Lists newest as fd's latest socket and keeps the previous one. Frees the slot of the one
 * before that, because its socket has been closed, unless it may have a copy.
 *
 * Two are kept because a task that got its own descriptor table by a raw system call uses the
 * same numbers for other sockets: one socket of that task must not free our newest slot.
 */
static void list_slot(struct uh_socket_table *table, int fd, uint64_t newest)
{
	_Atomic uint64_t *mine = table->latest[(unsigned)fd % UH_LISTED_NUMBERS];
	uint64_t latest = atomic_load(&mine[0]), older = atomic_load(&mine[1]);
	uh_slot *at;
	bool copied = uh_fd_has_hint(fd, UH_HINT_COPIED);

	if (latest == newest)
		return; /* another slot of the same socket */
	at = uh_slot_find(table, older);
	if (at && (uint32_t)uh_slot_get(at, UH_HOME) == (unsigned)fd && !copied)
		atomic_compare_exchange_strong(&at[UH_IDENTITY], &older, UH_SLOT_FREE);
	/*
	 * The hint is about the previous socket. If that may have a copy, its slot is not
	 * listed for removal: the hint may be gone by the next socket.
	 */
	atomic_store(&mine[1], copied ? 0 : latest);
	atomic_store(&mine[0], newest);
}

uh_slot *uh_slot_claim(struct uh_socket_table *table, int fd, uint64_t identity)
{
	pid_t task = uh_thread_id();
	uh_slot *at;

	if (!identity)
		return NULL;
	/* If descriptor tables are known to be shared, nothing is freed by number. */
	if (!uh_slots_are_shared(task))
		list_slot(table, fd, identity);
	at = claim_in_any(table, identity, task);
	if (!at)
		return NULL;
	uh_slot_set(at, UH_SEEN, UH_SEEN_NEVER);
	uh_slot_set(at, UH_HOME, (uint64_t)task << 32 | (unsigned)fd);
	atomic_fetch_add_explicit(&table->made_since_sweep, 1, memory_order_relaxed);
	return at;
}

void uh_slot_publish(uh_slot *at, uint64_t identity)
{
	atomic_store_explicit(&at[UH_IDENTITY], identity, memory_order_release);
}

void uh_slot_remove(struct uh_socket_table *table, uint64_t identity)
{
	uh_slot *at = uh_slot_find(table, identity);

	if (at)
		atomic_compare_exchange_strong(&at[UH_IDENTITY], &identity, UH_SLOT_FREE);
}

void uh_slot_copied(struct uh_socket_table *table, uint64_t identity)
{
	uh_slot *at = uh_slot_find(table, identity);

	if (at)
		uh_slot_set(at, UH_HOME, uh_slot_get(at, UH_HOME) | UINT32_MAX);
}

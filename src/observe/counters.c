/* SPDX-License-Identifier: MIT */
/*
 * counters.c: counts routed connections in the user's file.
 *
 * The file is mapped once. A connection is then counted by one system call, also after
 * chroot(2), setuid(2) or seccomp(2). Another process may cut, replace or remove the file at
 * any time, so this process never touches the mapping itself (shared_word.h). It remembers its
 * slots, and checks a slot again once a second.
 *
 * Only the thread that has the turn (turn.h) opens the file, maps it, or takes a slot.
 */
#include "counters.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "counter_directory.h"
#include "process/own_fd.h"
#include "process/freeze.h"
#include "process/seccomp_filter.h"
#include "base/format.h"
#include "base/hash.h"
#include "base/large.h"
#include "base/shared_word.h"
#include "process/turn.h"
#include "process/vfork_child.h"
#include "process/write_at.h"

/*
 * TRIES: how often a thread asks for the turn, once a millisecond. LEARNT: about how many slots
 * are taken when the process is about to confine itself. FAILURES: size of failed[].
 */
enum { TRIES = 50, LEARNT = 512, FAILURES = 16, NOWHERE = -1 };

atomic_bool uh_counting;
static _Atomic(struct uh_counter_file *) counters; /* the mapping; NULL: none */
static atomic_bool in_order; /* the mapped file was a valid counter file at the last check */
static dev_t device;	     /* the mapped file */
static ino_t inode;
static uid_t owner;
static atomic_bool wanted;	 /* the settings say that connections are counted */
static _Atomic time_t looked;	 /* the second of the last look for the directory */
static atomic_bool user_changes; /* the program has asked for another user */

/* For each slot of the file: the id that this process has there (0: none), and the second in
 * which that was last checked. */
UH_LARGE static struct {
	_Atomic uint64_t id, seen;
} known[UH_COUNTER_SLOTS];
/* By id modulo FAILURES: the second in which an id last got no slot. */
static _Atomic uint64_t failed[FAILURES];

static void forget_slots(void)
{
	for (size_t i = 0; i < UH_COUNTER_SLOTS; i++)
		atomic_store_explicit(&known[i].id, 0, memory_order_relaxed);
}

static bool is_mapped(const struct stat *status)
{
	return counters && status->st_dev == device && status->st_ino == inode;
}

/*
 * Maps the file, over the old mapping if there is one: another thread may be about to count at
 * that address, so it must not become anything else. If mmap(2) fails, the address may already
 * be free, so nothing is counted there any more.
 */
static bool map(int fd, const struct stat *status)
{
	struct uh_counter_file *there = atomic_load(&counters);
	void *place = mmap(there, sizeof(*there), PROT_READ | PROT_WRITE,
			   MAP_SHARED | (there ? MAP_FIXED : 0), fd, 0);

	forget_slots();
	if (place == MAP_FAILED) {
		atomic_store(&uh_counting, false);
		atomic_store(&counters, NULL);
		return false;
	}
	atomic_store(&counters, place);
	device = status->st_dev;
	inode = status->st_ino;
	owner = status->st_uid;
	return true;
}

/*
 * Opens the file, puts it in order and maps it. Returns the descriptor, or -1; the old mapping
 * stays if the file cannot be opened.
 */
static int open_counters(void)
{
	struct stat status;
	bool good = false;
	int fd = uh_counter_file_open(&status, &good);

	if (fd < 0)
		return -1;
	good = good && (is_mapped(&status) || map(fd, &status));
	if (good || is_mapped(&status))
		atomic_store(&in_order, good);
	if (!good && is_mapped(&status))
		forget_slots();
	if (good)
		return fd;
	uh_close(fd);
	return -1;
}

static void refresh(void)
{
	int fd = open_counters();

	if (fd >= 0)
		uh_close(fd);
}

void uh_count_by(const struct uh_table *table)
{
	bool wants = table && uh_table_settings(table)->stats && !uh_is_filtered();

	if (wants && !counters) {
		uh_counter_directory_find();
		atomic_store(&looked, time(NULL));
		refresh();
	}
	atomic_store(&wanted, wants);
	atomic_store(&uh_counting, wants && counters);
}

bool uh_count_wanted(void)
{
	return atomic_load_explicit(&wanted, memory_order_relaxed);
}

/* A child of vfork(2) that has changed its user must not map its file for its parent. */
static bool may_open(void)
{
	return !uh_is_frozen() && !uh_is_confined_vfork_child();
}

bool uh_count_begin(void)
{
	time_t before = atomic_load_explicit(&looked, memory_order_relaxed), now = time(NULL);
	int saved = errno;
	struct uh_turn turn;

	if (before == now || !may_open() ||
	    !atomic_compare_exchange_strong(&looked, &before, now))
		return false;
	if (uh_counter_directory_exists() && uh_turn_begin(&turn, 0)) {
		if (may_open() && uh_count_wanted() && !counters)
			refresh();
		atomic_store(&uh_counting, uh_count_wanted() && counters);
		uh_turn_end(&turn);
	}
	errno = saved;
	return uh_counts();
}

void uh_count_user_changes(void)
{
	atomic_store_explicit(&user_changes, true, memory_order_relaxed);
}

/* After a change of user: forgets the slots of the old user's file, so that the next count
 * opens the new user's, and nothing is added to the old one. */
static void leave_old_user(void)
{
	if (!may_open() || !atomic_exchange(&user_changes, false) || geteuid() == owner)
		return;
	atomic_store(&in_order, false);
	forget_slots();
}

/* True if the number in the file has the same first four bytes. */
static bool begins_with(const uint64_t *shared, uint64_t number)
{
	uint32_t word;

	memcpy(&word, &number, sizeof(word));
	return uh_shared_is((const uint32_t *)shared, word);
}

void uh_count_look(void)
{
	const struct uh_counter_file *mapped = atomic_load(&counters);
	struct stat status;

	if (uh_counter_file_stat(&status) && is_mapped(&status) &&
	    status.st_size == sizeof(*mapped) && begins_with(&mapped->mark, UH_COUNTER_MARK))
		return;
	refresh();
}

/* The slot in which this process has the id, or NOWHERE. */
static int find(uint64_t id)
{
	for (unsigned i = 0; i < UH_COUNTER_WINDOW; i++) {
		unsigned at = (unsigned)((id + i) % UH_COUNTER_SLOTS);

		if (atomic_load_explicit(&known[at].id, memory_order_relaxed) == id)
			return (int)at;
	}
	return NOWHERE;
}

uint64_t uh_count_id(const struct uh_table *table, const struct uh_table_route *route,
		     const struct uh_table_target *target)
{
	uint64_t id = uh_hash_word(route->id, target ? target->kind : UH_NONE);

	if (!target)
		id = uh_hash_word(id, route->on_failure);
	else if (target->kind == UH_TARGET_UNIX)
		id = uh_hash_bytes(id, uh_table_template(table, target), target->path_length);
	else
		id = uh_hash_bytes(
		    uh_hash_word(id, (uint64_t)target->scope_id << 16 | target->port),
		    &target->address, sizeof(target->address));
	return id ? id : 1;
}

/* The subject of a slot. */
struct counted {
	const struct uh_table *table;
	const struct uh_table_route *route;
	const struct uh_table_target *target; /* NULL: no target took the connections */
	uint64_t id;			      /* uh_count_id */
};

static bool write_texts(int fd, const struct counted *counted, size_t at)
{
	struct uh_counter_route fresh = {.id = counted->id};

	uh_table_describe(counted->table, counted->route, fresh.text, sizeof(fresh.text));
	if (counted->target)
		uh_table_describe_target(counted->table, counted->target, fresh.target,
					 sizeof(fresh.target));
	else
		uh_format(fresh.target, sizeof(fresh.target), "%s",
			  counted->route->on_failure == UH_REFUSE ? "refuse" : "original");
	return uh_write_at(fd, &fresh, sizeof(fresh), at);
}

/* Finds the slot in the file, or takes a free one. Returns NOWHERE if there is none. */
static int take_slot(int fd, const struct counted *counted)
{
	uint64_t id = counted->id, there;

	for (unsigned i = 0; i < UH_COUNTER_WINDOW; i++) {
		unsigned at = (unsigned)((id + i) % UH_COUNTER_SLOTS);
		size_t slot = offsetof(struct uh_counter_file, slot[0]) +
			      at * sizeof(struct uh_counter_slot);

		if (pread(fd, &there, sizeof(there),
			  (off_t)(slot + offsetof(struct uh_counter_route, id))) !=
		    sizeof(there))
			return NOWHERE;
		if (there != id && (there != 0 || !write_texts(fd, counted, slot)))
			continue;
		atomic_store_explicit(&known[at].seen, 0, memory_order_relaxed);
		atomic_store_explicit(&known[at].id, id, memory_order_relaxed);
		return (int)at;
	}
	return NOWHERE;
}

/* Waits for the turn. False if another thread keeps it, or has found the slot meanwhile. */
static bool begin_turn(struct uh_turn *turn, uint64_t id)
{
	const long millisecond[2] = {0, 1000000};

	for (int i = 0; i < TRIES && find(id) == NOWHERE; i++) {
		if (uh_turn_begin(turn, 0))
			return true;
		syscall(SYS_ppoll, NULL, 0, millisecond, NULL, 0);
	}
	return false;
}

/* Finds the slot in the file, opening it. After a failure, tries again in another second. */
static int find_in_file(const struct counted *counted, uint64_t now)
{
	_Atomic uint64_t *failure = &failed[counted->id % FAILURES];
	struct uh_turn turn;
	int fd;

	if (!may_open() || atomic_load(failure) == now)
		return NOWHERE;
	if (begin_turn(&turn, counted->id)) {
		/* Ask again: another thread may have confined the process meanwhile. */
		fd = may_open() ? open_counters() : -1;
		if (fd < 0 || take_slot(fd, counted) == NOWHERE)
			atomic_store(failure, now);
		if (fd >= 0)
			uh_close(fd);
		uh_turn_end(&turn);
	}
	return find(counted->id);
}

/* Takes the slots of a route: one for each target, and one for connections that none takes.
 * Returns their number. */
static uint32_t learn_route(int fd, const struct uh_table *table,
			    const struct uh_table_route *route)
{
	uint32_t targets = uh_table_refuses(table, route) ? 0 : route->targets;

	if (uh_table_goes_direct(table, route))
		return 0;
	for (uint32_t i = 0; i <= targets; i++) {
		struct counted counted = {table, route, NULL, 0};

		if (i < targets)
			counted.target = uh_table_target(table, route, i);
		counted.id = uh_count_id(table, route, counted.target);
		take_slot(fd, &counted);
	}
	return targets + 1;
}

void uh_count_learn(const struct uh_table *table)
{
	uint32_t routes = uh_table_routes(table), slots = 0;
	int fd = open_counters();

	for (uint32_t i = 0; fd >= 0 && i < routes && slots < LEARNT; i++) {
		const struct uh_table_route *route = uh_table_route(table, i);

		if (route)
			slots += learn_route(fd, table, route);
	}
	if (fd >= 0)
		uh_close(fd);
}

/* The error to count. EINPROGRESS is not a failure. If no target was tried, "refuse" counts as
 * ECONNREFUSED and "original" as success. */
static int failure_of(const struct uh_table_route *route, const struct uh_table_target *target,
		      int error)
{
	if (error == EINPROGRESS)
		return 0;
	return !target && !error && route->on_failure == UH_REFUSE ? ECONNREFUSED : error;
}

/* Checks once a second whether the slot still has the id, and sets its time of last use. */
static bool is_still_there(struct uh_counter_slot *slot, int at, uint64_t id, uint64_t now)
{
	if (atomic_load_explicit(&known[at].seen, memory_order_relaxed) == now)
		return true;
	if (!begins_with(&slot->route.id, id))
		return false;
	uh_shared_time(slot->last_used);
	atomic_store_explicit(&known[at].seen, now, memory_order_relaxed);
	return true;
}

/* Counts in the slot. If the slot is lost, it is searched in the file once. */
static bool count_in_slot(struct uh_counter_file *mapped, const struct counted *counted,
			  const struct uh_uses *uses)
{
	uint64_t now = (uint64_t)time(NULL);

	for (int i = 0; i < 2; i++) {
		int at = find(counted->id);

		if (at == NOWHERE && counted->route)
			at = find_in_file(counted, now);
		if (at == NOWHERE)
			return false;
		if (is_still_there(&mapped->slot[at], at, counted->id, now) &&
		    uh_counter_slot_add(&mapped->slot[at], now, uses))
			return true;
		if (!uh_is_frozen())
			atomic_store_explicit(&known[at].id, 0, memory_order_relaxed);
	}
	return false;
}

void uh_count_uses(const struct uh_table *table, const struct uh_table_route *route,
		   const struct uh_table_target *target, uint64_t id,
		   const struct uh_uses *uses)
{
	struct uh_counter_file *mapped = atomic_load_explicit(&counters, memory_order_relaxed);
	const struct counted counted = {table, route, target, id};
	int saved = errno;

	/* Programs that connect may do without futex(2), so a seccomp filter may kill for it.
	 */
	if (!mapped || uh_is_filtered())
		return;
	if (atomic_load_explicit(&user_changes, memory_order_relaxed))
		leave_old_user();
	if (!count_in_slot(mapped, &counted, uses) && atomic_load(&in_order))
		uh_shared_add(&mapped->unplaced, uses->number);
	errno = saved;
}

void uh_count(const struct uh_table *table, const struct uh_table_route *route,
	      const struct uh_table_target *target, int error)
{
	const struct uh_uses one = {
	    .number = 1,
	    .error = failure_of(route, target, error),
	    .fell_back = !target && route->on_failure == UH_ORIGINAL,
	};

	uh_count_uses(table, route, target, uh_count_id(table, route, target), &one);
}

/* SPDX-License-Identifier: MIT */
/*
 * counters.c: counts routed connections in the user's file.
 *
 * The file is mapped once. A connection is then counted by one system call, also after
 * chroot(2), setuid(2) or seccomp(2). Another process may cut, replace or remove the file at
 * any time, so this process never touches the mapping itself (shared_word.h). It remembers the
 * slots of its routes, and checks a slot again once a second.
 *
 * Only the thread that has the turn (turn.h) opens the file, maps it, or takes a slot.
 */
#include "counters.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "process/own_fd.h"
#include "process/environment.h"
#include "process/freeze.h"
#include "process/seccomp_filter.h"
#include "base/format.h"
#include "base/large.h"
#include "base/shared_word.h"
#include "process/turn.h"

/*
 * TRIES: how often a thread asks for the turn, once a millisecond. LEARNT: how many routes get
 * a slot when the process is about to confine itself. FAILURES: size of failed[].
 */
enum { TRIES = 50, LEARNT = 256, FAILURES = 16, NOWHERE = -1 };

atomic_bool uh_counting;
static _Atomic(struct uh_counter_file *) counters; /* the mapping; NULL: none */
static atomic_bool in_order; /* the mapped file was a valid counter file at the last check */
static dev_t device;	     /* the mapped file */
static ino_t inode;

/* For each slot of the file: the id of the route that this process has there (0: none), and the
 * second in which that was last checked. */
UH_LARGE static struct {
	_Atomic uint64_t id, seen;
} known[UH_COUNTER_SLOTS];
/* By id modulo FAILURES: the second in which a route last got no slot. */
static _Atomic uint64_t failed[FAILURES];

/* The file of the user that the process had when it last opened the file. */
UH_LARGE static char path[PATH_MAX];
static size_t prefix; /* bytes up to the user's number; 0: there is no path */

/* Sets the path up to the user's number, because getenv(3) must not be called later, when a
 * connection is counted. "off" is not absolute, so it leaves no path. */
static void find_directory(void)
{
	const char *directory = uh_environment_get(UH_STATS_VARIABLE);

	if (!directory)
		directory = UH_STATS_DIRECTORY;
	prefix = uh_format(path, sizeof(path), "%s/", directory);
	if (*directory != '/' || prefix + sizeof("4294967295") > sizeof(path))
		prefix = 0;
}

/* O_NONBLOCK, because somebody may have put a FIFO there. */
static int open_file(void)
{
	if (prefix == 0)
		return -1;
	uh_format(path + prefix, sizeof(path) - prefix, "%u", (unsigned)geteuid());
	return uh_move_above_stdio(open(
	    path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0644));
}

/* Fails instead of writing past RLIMIT_FSIZE, which would raise SIGXFSZ. */
static bool write_at(int fd, const void *bytes, size_t size, size_t at)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur >= at + size &&
	       pwrite(fd, bytes, size, (off_t)at) == (ssize_t)size;
}

/* Allocates all blocks of the file: a file system that fills up later spoils no counter. */
static bool grow(int fd)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_FSIZE, &limit) == 0 &&
	       limit.rlim_cur >= sizeof(struct uh_counter_file) &&
	       (fallocate(fd, 0, 0, sizeof(struct uh_counter_file)) == 0 ||
		(errno == EOPNOTSUPP && ftruncate(fd, sizeof(struct uh_counter_file)) == 0));
}

/*
 * Makes a valid counter file of an empty file, and repairs one that was cut or is too long. A
 * file with another mark is not ours: it stays as it is. Returns whether the file is valid.
 */
static bool put_in_order(int fd, const struct stat *status)
{
	const uint64_t expected = UH_COUNTER_MARK;
	const off_t size = sizeof(struct uh_counter_file);
	uint64_t mark = 0;

	if (!S_ISREG(status->st_mode) || status->st_uid != geteuid() ||
	    (status->st_mode & (S_IWGRP | S_IWOTH)))
		return false;
	if (status->st_size > 0 && pread(fd, &mark, sizeof(mark), 0) != sizeof(mark))
		return false;
	if (mark != UH_COUNTER_MARK && (mark != 0 || status->st_size > size))
		return false;
	if (status->st_size > size && ftruncate(fd, size) != 0)
		return false;
	if (status->st_size < size && !grow(fd))
		return false;
	return mark == UH_COUNTER_MARK || write_at(fd, &expected, sizeof(expected), 0);
}

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
	return true;
}

/*
 * Opens the file, puts it in order and maps it. Returns the descriptor, or -1; the old mapping
 * stays if the file cannot be opened.
 */
static int open_counters(void)
{
	int fd = open_file();
	struct stat status;
	bool good = false;

	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0) {
		good = put_in_order(fd, &status) && (is_mapped(&status) || map(fd, &status));
		if (good || is_mapped(&status))
			atomic_store(&in_order, good);
		if (!good && is_mapped(&status))
			forget_slots();
	}
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
	bool wanted = table && uh_table_settings(table)->stats;

	if (wanted && !counters && !uh_is_filtered()) {
		find_directory();
		refresh();
	}
	atomic_store(&uh_counting, wanted && counters);
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

	if (stat(path, &status) == 0 && is_mapped(&status) &&
	    status.st_size == sizeof(*mapped) && begins_with(&mapped->mark, UH_COUNTER_MARK))
		return;
	refresh();
}

/* The slot in which this process has the route with the id, or NOWHERE. */
static int find(uint64_t id)
{
	for (unsigned i = 0; i < UH_COUNTER_WINDOW; i++) {
		unsigned at = (unsigned)((id + i) % UH_COUNTER_SLOTS);

		if (atomic_load_explicit(&known[at].id, memory_order_relaxed) == id)
			return (int)at;
	}
	return NOWHERE;
}

static bool write_route(int fd, const struct uh_table *table,
			const struct uh_table_route *route, size_t at)
{
	struct uh_counter_route fresh = {.id = route->id};

	uh_table_describe(table, route, fresh.text, sizeof(fresh.text));
	return write_at(fd, &fresh, sizeof(fresh), at);
}

/* Finds the route's slot in the file, or takes a free one. Returns NOWHERE if there is none. */
static int take_slot(int fd, const struct uh_table *table, const struct uh_table_route *route)
{
	uint64_t id = route->id, there;

	for (unsigned i = 0; i < UH_COUNTER_WINDOW; i++) {
		unsigned at = (unsigned)((id + i) % UH_COUNTER_SLOTS);
		size_t slot = offsetof(struct uh_counter_file, slot[0]) +
			      at * sizeof(struct uh_counter_slot);

		if (pread(fd, &there, sizeof(there),
			  (off_t)(slot + offsetof(struct uh_counter_route, id))) !=
		    sizeof(there))
			return NOWHERE;
		if (there != id && (there != 0 || !write_route(fd, table, route, slot)))
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
static int find_in_file(const struct uh_table *table, const struct uh_table_route *route,
			uint64_t now)
{
	_Atomic uint64_t *failure = &failed[route->id % FAILURES];
	struct uh_turn turn;
	int fd;

	if (uh_is_frozen() || atomic_load(failure) == now)
		return NOWHERE;
	if (begin_turn(&turn, route->id)) {
		/* Ask again: another thread may have confined the process meanwhile. */
		fd = uh_is_frozen() ? -1 : open_counters();
		if (fd < 0 || take_slot(fd, table, route) == NOWHERE)
			atomic_store(failure, now);
		if (fd >= 0)
			uh_close(fd);
		uh_turn_end(&turn);
	}
	return find(route->id);
}

void uh_count_learn(const struct uh_table *table)
{
	uint32_t routes = uh_table_routes(table);
	int fd = open_counters();

	for (uint32_t i = 0; fd >= 0 && i < routes && i < LEARNT; i++) {
		const struct uh_table_route *route = uh_table_route(table, i);

		if (route)
			take_slot(fd, table, route);
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

/* Checks once a second whether the slot is still the route's, and sets its time of last use. */
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

/* Counts in the route's slot. If the slot is lost, it is searched in the file once. */
static bool count_in_slot(struct uh_counter_file *mapped, const struct uh_table *table,
			  const struct uh_table_route *route, uint64_t id,
			  const struct uh_uses *uses)
{
	uint64_t now = (uint64_t)time(NULL);

	for (int i = 0; i < 2; i++) {
		int at = find(id);

		if (at == NOWHERE && route)
			at = find_in_file(table, route, now);
		if (at == NOWHERE)
			return false;
		if (is_still_there(&mapped->slot[at], at, id, now) &&
		    uh_counter_slot_add(&mapped->slot[at], now, uses))
			return true;
		if (!uh_is_frozen())
			atomic_store_explicit(&known[at].id, 0, memory_order_relaxed);
	}
	return false;
}

void uh_count_uses(const struct uh_table *table, const struct uh_table_route *route,
		   uint64_t id, const struct uh_uses *uses)
{
	struct uh_counter_file *mapped = atomic_load_explicit(&counters, memory_order_relaxed);
	int saved = errno;

	/* Programs that connect may do without futex(2), so a seccomp filter may kill for it.
	 */
	if (!mapped || uh_is_filtered())
		return;
	if (!count_in_slot(mapped, table, route, id, uses) && atomic_load(&in_order))
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

	uh_count_uses(table, route, route->id, &one);
}

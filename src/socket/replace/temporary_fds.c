/* SPDX-License-Identifier: MIT */
/*
 * temporary_fds.c: a table of the temporary descriptors that are open at this moment.
 *
 * fork(2) copies the descriptors first and the memory later (copy_process() in
 * linux/kernel/fork.c). If another thread forks, the child gets a copy of a temporary
 * descriptor and must close it. The entry in this table must therefore exist from the open
 * until no fork that may have copied the descriptor is under way:
 *
 *   this thread                   entry (holder, identity)   child of another thread's fork
 *   opens socket 5                0, 0
 *   enters it                     6, X                       closes 5 if it is socket X
 *   closes 5:
 *     if no fork is under way     0, 0                       (has no copy)
 *     if a fork is under way      -6, X                      closes 5 if it is socket X
 *                                 0, 0                       (the last fork has ended)
 *
 * The child compares identities, which are never reused, so it never closes another file. A
 * fork that begins between the open and the entry may copy a descriptor without its entry:
 * uh_temporary_open then closes that socket, before it is connected, and makes another.
 */
#include "temporary_fds.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/clock.h"
#include "base/large.h"
#include "process/own_fd.h"
#include "process/seccomp_filter.h"
#include "process/fork_counter.h"
#include "libc/libc.h"
#include "socket/state/records.h"
#include "socket/state/identity.h"

/*
 * If the table is full, a descriptor is not entered, and a child that is forked meanwhile keeps
 * its copy.
 */
enum { ENTRIES = 256, TRIES = 16, PATIENCE_MS = 20 };

/* holder: 0 if free; fd + 1; or -(fd + 1) if fd was closed while a fork was under way. */
UH_LARGE static struct entry {
	atomic_int holder;
	_Atomic uint64_t identity;
} entries[ENTRIES];
static atomic_bool any_closed_in_fork;

/*
 * A ring of this thread's entries, the last `open` of which are in use. siglongjmp(3) out of a
 * call leaves its entry behind, until the ring gets round to it. Calls nest only in signal
 * handlers, so an entry that the ring gets round to is never in use. The initial-exec TLS model
 * puts the ring into memory that exists from the thread's start, so a signal handler can use
 * it.
 */
static _Thread_local struct {
	unsigned open;
	struct entry *entry[UH_TEMPORARIES_LEFT];
} mine __attribute__((tls_model("initial-exec")));

/*
 * Claims the first entry, from fd's own place on, that is free or, if `closed`, whose
 * descriptor was closed during a fork. NULL if there is none.
 */
static struct entry *claim_first(int fd, bool closed)
{
	for (unsigned i = 0; i < ENTRIES; i++) {
		struct entry *entry = &entries[((unsigned)fd + i) % ENTRIES];
		int holder = atomic_load_explicit(&entry->holder, memory_order_relaxed);

		if ((closed ? holder < 0 : holder == 0) &&
		    atomic_compare_exchange_strong(&entry->holder, &holder, fd + 1))
			return entry;
	}
	return NULL;
}

static void release_entry(struct entry *entry)
{
	atomic_store(&entry->identity, 0);
	atomic_store(&entry->holder, 0);
}

/* Called after the close: a fork that begins later has no copy. */
static void release_closed(struct entry *entry)
{
	if (!uh_forks_under_way()) {
		release_entry(entry);
		return;
	}
	atomic_store(&any_closed_in_fork, true);
	atomic_store(&entry->holder, -atomic_load(&entry->holder));
	atomic_store(&any_closed_in_fork, true); /* it may have been cleared in between */
}

void uh_temporary_number_reused(int fd)
{
	if (!atomic_load_explicit(&any_closed_in_fork, memory_order_relaxed))
		return;
	for (unsigned i = 0; i < ENTRIES; i++) {
		int holder = -(fd + 1);

		if (atomic_load_explicit(&entries[i].holder, memory_order_relaxed) == holder &&
		    atomic_compare_exchange_strong(&entries[i].holder, &holder, fd + 1))
			release_entry(&entries[i]);
	}
}

/* Closes the entry's descriptor, unless the number is another file by now. */
static void close_entered(struct entry *entry)
{
	int holder = atomic_load(&entry->holder), fd = (holder < 0 ? -holder : holder) - 1;
	uint64_t identity = atomic_load(&entry->identity);

	if (fd >= 0 && identity && uh_socket_identity(fd) == identity)
		uh_close(fd);
}

static void close_and_release(struct entry *entry)
{
	close_entered(entry);
	release_closed(entry);
}

static void add_entry(int fd, uint64_t identity)
{
	struct entry *entry = claim_first(fd, false), **place;

	/* If some thread is always forking, closed descriptors' entries are never freed. */
	if (!entry)
		entry = claim_first(fd, true);
	if (entry)
		atomic_store(&entry->identity, identity);
	place = &mine.entry[mine.open++ % UH_TEMPORARIES_LEFT];
	if (*place)
		close_and_release(*place);
	*place = entry;
}

/*
 * Removes and returns this thread's latest entry; NULL if the table was full when it was
 * opened.
 */
static struct entry *remove_latest(void)
{
	struct entry **place = &mine.entry[--mine.open % UH_TEMPORARIES_LEFT];
	struct entry *entry = *place;

	*place = NULL;
	return entry;
}

/*
 * Waits for the forks of other threads, at most until *until (set by the first call).
 * sched_yield(2) is not called under a seccomp filter.
 */
static void wait_for_forks(uint64_t *until)
{
	while (uh_other_forks_under_way()) {
		uint64_t now = uh_clock_ms();

		if (*until == 0)
			*until = now + PATIENCE_MS;
		if (now >= *until)
			break;
		if (!uh_is_filtered())
			sched_yield();
	}
}

/*
 * If a fork begins before the entry is made, the child may have the socket without the entry.
 * That socket is never connected: it is closed, and another one is made.
 */
int uh_temporary_open(int domain, int type, int protocol, uint64_t *identity)
{
	uint64_t until = 0;

	for (int tries = 1;; tries++) {
		unsigned begun;
		int fd;

		wait_for_forks(&until);
		begun = uh_forks_begun();
		fd = uh_open_socket(domain, type, protocol);
		if (fd < 0)
			return fd;
		*identity = uh_socket_identity(fd);
		if (!*identity) {
			uh_close(fd);
			errno = ENOBUFS;
			return -1;
		}
		add_entry(fd, *identity);
		if ((!uh_other_forks_under_way() && uh_forks_begun() == begun) ||
		    tries == TRIES)
			return fd;
		uh_temporary_close(fd);
	}
}

int uh_temporary_copy(int fd, uint64_t identity)
{
	int copy = uh_libc_fcntl()(fd, F_DUPFD_CLOEXEC, 3);

	if (copy >= 0)
		add_entry(copy, identity);
	return copy;
}

void uh_temporary_close(int fd)
{
	struct entry *entry;

	uh_close(fd);
	entry = remove_latest();
	if (entry)
		release_closed(entry);
}

unsigned uh_temporaries_count(void)
{
	return mine.open;
}

void uh_temporaries_close_down_to(unsigned open)
{
	while (mine.open != open) {
		struct entry *entry = remove_latest();

		if (entry)
			close_and_release(entry);
	}
}

void uh_temporaries_after_fork_in_parent(void)
{
	if (!atomic_exchange(&any_closed_in_fork, false))
		return;
	for (unsigned i = 0; i < ENTRIES; i++)
		if (atomic_load(&entries[i].holder) < 0)
			release_entry(&entries[i]);
}

/*
 * In the child, the thread that forked continues: if a signal handler forked, the call that it
 * had interrupted still uses its entries.
 */
static bool is_mine(const struct entry *entry)
{
	for (unsigned i = 0; i < UH_TEMPORARIES_LEFT; i++)
		if (mine.entry[i] == entry)
			return true;
	return false;
}

void uh_temporaries_after_fork_in_child(void)
{
	for (unsigned i = 0; i < ENTRIES; i++) {
		struct entry *entry = &entries[i];

		if (atomic_load(&entry->holder) == 0 || is_mine(entry))
			continue;
		close_entered(entry);
		release_entry(entry);
	}
}

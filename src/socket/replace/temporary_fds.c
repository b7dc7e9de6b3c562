/* SPDX-License-Identifier: MIT */
/*
 * temporary_fds.c: a table of the descriptors that calls of ours have open at this moment.
 *
 * fork(2) copies descriptors first and memory some time later (copy_process() in
 * linux/kernel/fork.c). So an entry has to be there from right after the descriptor is opened
 * until no fork that may have copied it is under way. The child closes a number only if it
 * stands for the socket that was entered: an identity is never used again.
 */
#include "temporary_fds.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/clock.h"
#include "process/descriptors.h"
#include "process/seccomp_filter.h"
#include "process/fork_counter.h"
#include "libc/libc.h"
#include "socket/state/records.h"
#include "replace.h"

/* A descriptor that finds no room is not entered: a child that is forked then keeps a copy. */
enum { ENTRIES = 256, TRIES = 16, PATIENCE_MS = 20 };

/* holder: the number + 1, negative if closed in the parent while a fork was under way; 0: free.
 */
static struct entry {
	atomic_int holder;
	_Atomic uint64_t identity;
} entries[ENTRIES];
static atomic_bool any_late;

/*
 * This thread's entries, as a ring of which the last ones are in use: a call that was left by
 * siglongjmp(3) stays behind in it, until the ring comes round. Calls nest in signal handlers
 * alone, so what it comes round to is not in use. In the program's own thread block, which is
 * there from the start, so that a handler can use it.
 */
static _Thread_local struct {
	unsigned open;
	struct entry *entry[UH_TEMPORARIES_LEFT];
} mine __attribute__((tls_model("initial-exec")));

/* The next entry from the number's own place on that is free, or closed in the parent. */
static struct entry *claim_any(int fd, bool closed)
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

/* In a process of which some thread always forks, the entries of descriptors that are closed
 * long since are never free. */
static struct entry *claim(int fd)
{
	struct entry *entry = claim_any(fd, false);

	return entry ? entry : claim_any(fd, true);
}

static void give_back(struct entry *entry)
{
	atomic_store(&entry->identity, 0);
	atomic_store(&entry->holder, 0);
}

/* After the close: a fork that begins later has not copied it. */
static void retire(struct entry *entry)
{
	if (!uh_forks_under_way()) {
		give_back(entry);
		return;
	}
	atomic_store(&any_late, true);
	atomic_store(&entry->holder, -atomic_load(&entry->holder));
	atomic_store(&any_late, true); /* a parent may have looked in between */
}

void uh_temporary_taken(int fd)
{
	if (!atomic_load_explicit(&any_late, memory_order_relaxed))
		return;
	for (unsigned i = 0; i < ENTRIES; i++) {
		int holder = -(fd + 1);

		if (atomic_load_explicit(&entries[i].holder, memory_order_relaxed) == holder &&
		    atomic_compare_exchange_strong(&entries[i].holder, &holder, fd + 1))
			give_back(&entries[i]);
	}
}

/* Closes an entry's descriptor, unless the number stands for something else. */
static void close_entered(struct entry *entry)
{
	int holder = atomic_load(&entry->holder), fd = (holder < 0 ? -holder : holder) - 1;
	uint64_t identity = atomic_load(&entry->identity);

	if (fd >= 0 && identity && uh_socket_identity(fd) == identity)
		uh_close(fd);
}

static void abandon(struct entry *entry)
{
	close_entered(entry);
	retire(entry);
}

static void enter(int fd, uint64_t identity)
{
	struct entry *entry = claim(fd), **place;

	if (entry)
		atomic_store(&entry->identity, identity);
	place = &mine.entry[mine.open++ % UH_TEMPORARIES_LEFT];
	if (*place)
		abandon(*place);
	*place = entry;
}

/* The last entry of this thread, which is no longer its own; NULL if there was no room for it.
 */
static struct entry *take_last(void)
{
	struct entry **place = &mine.entry[--mine.open % UH_TEMPORARIES_LEFT];
	struct entry *entry = *place;

	*place = NULL;
	return entry;
}

/* For forks of other threads to end. Under a filter nobody else gets the processor for it. */
static void wait_for_forks(uint64_t *until)
{
	while (uh_others_fork()) {
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
 * A child that is forked meanwhile, and whose memory is copied before the entry is made, has a
 * socket that it knows nothing of. So nobody connects that one: another takes its place here.
 */
int uh_temporary_open(int domain, int type, int protocol, uint64_t *identity)
{
	uint64_t until = 0;

	for (int tries = 1;; tries++) {
		unsigned begun;
		int fd;

		wait_for_forks(&until);
		begun = uh_forks_begun();
		fd = uh_new_socket(domain, type, protocol);
		if (fd < 0)
			return fd;
		*identity = uh_socket_identity(fd);
		if (!*identity) {
			uh_close(fd);
			errno = ENOBUFS;
			return -1;
		}
		enter(fd, *identity);
		if ((!uh_others_fork() && uh_forks_begun() == begun) || tries == TRIES)
			return fd;
		uh_temporary_close(fd);
	}
}

int uh_temporary_copy(int fd, uint64_t identity)
{
	int copy = uh_libc_fcntl()(fd, F_DUPFD_CLOEXEC, 3);

	if (copy >= 0)
		enter(copy, identity);
	return copy;
}

void uh_temporary_close(int fd)
{
	struct entry *entry;

	uh_close(fd);
	entry = take_last();
	if (entry)
		retire(entry);
}

unsigned uh_temporaries_open(void)
{
	return mine.open;
}

void uh_temporaries_close_to(unsigned open)
{
	while (mine.open != open) {
		struct entry *entry = take_last();

		if (entry)
			abandon(entry);
	}
}

void uh_temporaries_after_fork_in_parent(void)
{
	if (!atomic_exchange(&any_late, false))
		return;
	for (unsigned i = 0; i < ENTRIES; i++)
		if (atomic_load(&entries[i].holder) < 0)
			give_back(&entries[i]);
}

/* The thread that forked is here too: if a handler forked, it goes on with its call. */
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
		give_back(entry);
	}
}

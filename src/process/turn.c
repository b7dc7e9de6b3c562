/* SPDX-License-Identifier: MIT */
/*
 * turn.c: a lock on reading the routes that neither a fork nor a dead thread can leave held.
 *
 * The lock is one word. It is 0, or the thread number of the owner, plus the bit WAITED if
 * another thread sleeps on it:
 *
 *   owner (thread 7)              word         waiter (thread 9)
 *   compare-and-swap 0 to 7       7
 *                                 7 | WAITED   sets WAITED; futex wait, 20 ms at most
 *   exchange with 0, and wake     0
 *                                 9            compare-and-swap 0 to 9
 *
 * An owner that dies wakes nobody. Waiters therefore check every LOOK_MS whether the owner
 * still exists (tkill(2) with signal 0), and replace a dead owner's number by their own.
 *
 * A mutex that another thread holds during a fork stays held in the child for ever.
 * pthread_atfork(3) handlers can release it after fork(2), but not after _Fork(3) or clone(2).
 * Therefore the word lies in a page that the kernel clears in such a child (MADV_WIPEONFORK in
 * madvise(2), since Linux 4.14). A vfork(2) child shares all memory, the word too. A seccomp
 * filter may end the process for madvise(2); under a filter, the word is an ordinary variable
 * that a pthread_atfork(3) handler clears.
 */
#include "turn.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "interruption.h"
#include "seccomp_filter.h"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

/*
 * WAITED: the owner must wake the waiters. LOOK_MS: how often they check that the owner exists.
 */
enum { LOOK_MS = 20 };
#define WAITED UINT32_C(0x80000000)

static _Atomic(_Atomic uint32_t *) word;
static _Atomic uint32_t filtered_word;

/* Returns the word, or NULL if there is no memory for it. */
static _Atomic uint32_t *owner_word(void)
{
	_Atomic uint32_t *there = atomic_load(&word), *fresh;

	if (there)
		return there;
	if (uh_is_filtered()) {
		atomic_compare_exchange_strong(&word, &there, &filtered_word);
		return atomic_load(&word);
	}
	fresh = mmap(NULL, sizeof(*fresh), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		     -1, 0);
	if (fresh == MAP_FAILED)
		return NULL;
	madvise(fresh, sizeof(*fresh), MADV_WIPEONFORK);
	if (atomic_compare_exchange_strong(&word, &there, fresh))
		return fresh;
	munmap(fresh, sizeof(*fresh)); /* another thread was faster */
	return there;
}

void uh_turn_after_fork(void)
{
	atomic_store(&filtered_word, 0);
}

/*
 * Under a seccomp filter, which may end the process for tkill(2), every thread counts as alive.
 */
static bool is_gone(uint32_t thread)
{
	return !uh_is_filtered() && syscall(SYS_tkill, thread, 0) < 0 && errno == ESRCH;
}

static void defer_interruption(struct uh_turn *turn)
{
	uh_block_signals(&turn->signals);
	turn->cancel_state = uh_defer_cancel();
}

static void allow_interruption(const struct uh_turn *turn)
{
	uh_restore_cancel(turn->cancel_state);
	uh_restore_signals(&turn->signals);
}

/* Returns 0 if this thread has become the owner, else the word as another owner has set it. */
static uint32_t try_turn(_Atomic uint32_t *owner, uint32_t self)
{
	uint32_t there = 0;

	if (atomic_compare_exchange_strong(owner, &there, self))
		return 0;
	if ((there & ~WAITED) != self && is_gone(there & ~WAITED) &&
	    atomic_compare_exchange_strong(owner, &there, self))
		return 0;
	return there;
}

static void wait_for_change(_Atomic uint32_t *owner, uint32_t there)
{
	const long moment[2] = {0, LOOK_MS * 1000000L};

	if (there & WAITED || atomic_compare_exchange_strong(owner, &there, there | WAITED))
		syscall(SYS_futex, owner, FUTEX_WAIT_PRIVATE, there | WAITED, moment, NULL, 0);
}

/*
 * An owner for which a waiter's time has run out: no thread waits for this owner again. (A
 * killed vfork(2) child exists until its parent waits for it.)
 */
static _Atomic uint32_t unresponsive;

static bool is_worth_waiting(uint32_t there, uint32_t self, uint64_t end)
{
	uint32_t owner = there & ~WAITED;

	if (owner == self || owner == atomic_load(&unresponsive))
		return false;
	if (uh_clock_ms() < end)
		return true;
	atomic_store(&unresponsive, owner);
	return false;
}

bool uh_turn_begin(struct uh_turn *turn, uint32_t milliseconds)
{
	uint32_t self = (uint32_t)syscall(SYS_gettid), there;
	uint64_t end = 0;
	_Atomic uint32_t *owner;

	turn->saved_errno = errno;
	for (owner = owner_word(); owner; wait_for_change(owner, there)) {
		defer_interruption(turn);
		there = try_turn(owner, self);
		if (there == 0)
			return true;
		allow_interruption(turn);
		if (milliseconds == 0)
			break;
		if (end == 0)
			end = uh_clock_ms() + milliseconds;
		if (!is_worth_waiting(there, self, end))
			break;
	}
	errno = turn->saved_errno;
	return false;
}

void uh_turn_end(const struct uh_turn *turn)
{
	_Atomic uint32_t *owner = atomic_load(&word);

	if (atomic_exchange(owner, 0) & WAITED)
		syscall(SYS_futex, owner, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
	allow_interruption(turn);
	errno = turn->saved_errno;
}

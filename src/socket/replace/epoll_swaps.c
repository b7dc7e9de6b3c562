/* SPDX-License-Identifier: MIT */
/*
 * epoll_swaps.c: a ring of the latest swaps. (A swap replaces the socket under a descriptor.)
 *
 *   thread that swaps fd      ring                    thread that calls epoll_ctl(fd)
 *   uh_swaps_begun = 7
 *   store entry 7             7, UNDER_WAY, fd        uh_swap_await: begun is 7;
 *   remove from sets,         7, UNDER_WAY, fd          waits while UNDER_WAY
 *   dup3(2), add again        7, UNDER_WAY, fd
 *   clear UNDER_WAY           7, fd                   libc's epoll_ctl(2)
 *                                                     uh_swap_began_since: an entry of fd after
 * 7? then the call is made once more
 *
 * A fork may copy an entry that is UNDER_WAY: the child's swap never ends. A waiter therefore
 * waits for a bounded time, and then clears the bit itself.
 */
#include "epoll_swaps.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * A waiter first spins, then sleeps a millisecond at a time. A swap is only a few system calls,
 * but its thread may be preempted.
 */
enum { SWAPS = 16, SPINS = 1000, WAIT_MS = 200 };

/* An entry: the swap's number << 32 | UNDER_WAY | fd + 1. */
#define UNDER_WAY (UINT64_C(1) << 31)

_Atomic uint32_t uh_swaps_begun;
static _Atomic uint64_t swaps[SWAPS];

static _Atomic uint64_t *entry_of(uint32_t swap)
{
	return &swaps[swap % SWAPS];
}

static int fd_of(uint64_t word)
{
	return (int)(word & (UNDER_WAY - 1)) - 1;
}

uint32_t uh_swap_begin(int fd)
{
	uint32_t swap = atomic_fetch_add(&uh_swaps_begun, 1) + 1;

	atomic_store(entry_of(swap), (uint64_t)swap << 32 | UNDER_WAY | (uint32_t)(fd + 1));
	return swap;
}

static void clear_under_way(_Atomic uint64_t *at, uint64_t word)
{
	atomic_compare_exchange_strong(at, &word, word & ~UNDER_WAY);
}

void uh_swap_end(uint32_t swap)
{
	uint64_t word = atomic_load(entry_of(swap));

	if (word >> 32 == swap)
		clear_under_way(entry_of(swap), word);
}

/*
 * Returns the entry of a swap of fd that is under way, and its word in *word; NULL if there is
 * none.
 */
static _Atomic uint64_t *find_under_way(int fd, uint64_t *word)
{
	for (int i = 0; i < SWAPS; i++) {
		*word = atomic_load_explicit(&swaps[i], memory_order_relaxed);
		if (*word & UNDER_WAY && fd_of(*word) == fd)
			return &swaps[i];
	}
	return NULL;
}

static bool wait_for_end(_Atomic uint64_t *at, uint64_t word)
{
	const long millisecond[2] = {0, 1000000};
	uint32_t unused = 0;

	for (int i = 0; i < SPINS + WAIT_MS; i++) {
		if (atomic_load(at) != word)
			return true;
		if (i >= SPINS)
			syscall(SYS_futex, &unused, FUTEX_WAIT_PRIVATE, unused, millisecond,
				NULL, 0);
	}
	return false;
}

void uh_swap_await_slow(int fd, uint32_t begun)
{
	int saved = errno;
	_Atomic uint64_t *at;
	uint64_t word;

	/* uh_swaps_begun is incremented a moment before the entry is stored. */
	for (int i = 0; i < SPINS; i++)
		if ((int32_t)((uint32_t)(atomic_load(entry_of(begun)) >> 32) - begun) >= 0)
			break;
	while ((at = find_under_way(fd, &word)))
		if (!wait_for_end(at, word))
			clear_under_way(at, word);
	errno = saved;
}

/* If the entry is not stored yet, or was overwritten, the swap may have been one of fd. */
bool uh_swap_began_since_slow(int fd, uint32_t before)
{
	uint32_t now = atomic_load(&uh_swaps_begun);

	if (now - before > SWAPS)
		return true;
	for (uint32_t swap = before + 1; swap != now + 1; swap++) {
		uint64_t word = atomic_load(entry_of(swap));

		if (word >> 32 != swap || fd_of(word) == fd)
			return true;
	}
	return false;
}

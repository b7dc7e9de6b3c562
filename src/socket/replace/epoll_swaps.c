/* SPDX-License-Identifier: MIT */
/* epoll_swaps.c: a ring of the last swaps. */
#include "epoll_swaps.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The time that is waited at most, a millisecond after the other. A swap is a few system calls,
 * but its thread may be off its processor. */
enum { SWAPS = 16, SPINS = 1000, WAIT_MS = 200 };

/* A swap's number << 32 | fd + 1; bit 31 is set while it is under way. */
#define UNDER_WAY (UINT64_C(1) << 31)

_Atomic uint32_t uh_swaps_begun;
static _Atomic uint64_t swaps[SWAPS];

static _Atomic uint64_t *place_of(uint32_t swap)
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

	atomic_store(place_of(swap), (uint64_t)swap << 32 | UNDER_WAY | (uint32_t)(fd + 1));
	return swap;
}

static void end(_Atomic uint64_t *at, uint64_t word)
{
	atomic_compare_exchange_strong(at, &word, word & ~UNDER_WAY);
}

void uh_swap_end(uint32_t swap)
{
	uint64_t word = atomic_load(place_of(swap));

	if (word >> 32 == swap)
		end(place_of(swap), word);
}

/* A swap of fd that is under way, or NULL; its word in *word. */
static _Atomic uint64_t *find(int fd, uint64_t *word)
{
	for (int i = 0; i < SWAPS; i++) {
		*word = atomic_load_explicit(&swaps[i], memory_order_relaxed);
		if (*word & UNDER_WAY && fd_of(*word) == fd)
			return &swaps[i];
	}
	return NULL;
}

static void sleep_a_millisecond(void)
{
	const long moment[2] = {0, 1000000};
	uint32_t word = 0;

	syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, word, moment, NULL, 0);
}

static bool ends_within(_Atomic uint64_t *at, uint64_t word)
{
	for (int i = 0; i < SPINS + WAIT_MS; i++) {
		if (atomic_load(at) != word)
			return true;
		if (i >= SPINS)
			sleep_a_millisecond();
	}
	return false;
}

/* A swap is counted a moment before it is in the ring. */
static void wait_for_entry(uint32_t swap)
{
	for (int i = 0; i < SPINS; i++)
		if ((int32_t)((uint32_t)(atomic_load(place_of(swap)) >> 32) - swap) >= 0)
			return;
}

void uh_swap_wait(int fd, uint32_t begun)
{
	int saved = errno;
	_Atomic uint64_t *at;
	uint64_t word;

	wait_for_entry(begun);
	while ((at = find(fd, &word)))
		if (!ends_within(at, word))
			end(at, word);
	errno = saved;
}

/* One that is so new that it isn't in the ring yet, or so old that it isn't any more, may have
 * been of fd. */
bool uh_swap_was_since(int fd, uint32_t before)
{
	uint32_t now = atomic_load(&uh_swaps_begun);

	if (now - before > SWAPS)
		return true;
	for (uint32_t swap = before + 1; swap != now + 1; swap++) {
		uint64_t word = atomic_load(place_of(swap));

		if (word >> 32 != swap || fd_of(word) == fd)
			return true;
	}
	return false;
}

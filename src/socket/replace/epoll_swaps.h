/* SPDX-License-Identifier: MIT */
/* epoll_swaps.h: the descriptors whose sockets are being replaced at this moment. */
#ifndef UH_EPOLL_SWAPS_H
#define UH_EPOLL_SWAPS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * While a socket is replaced, it is in no epoll set. If another thread calls epoll_ctl(2) for
 * it meanwhile, the call would fail, or apply to the old socket and be lost. That thread
 * therefore waits for the end of the swap, and repeats its call if a swap began meanwhile.
 * There is no lock: the wait is bounded, because a fork can cut a swap off.
 *
 * All functions here are async-signal-safe and keep errno.
 */

/* The number of swaps that have begun. */
extern _Atomic uint32_t uh_swaps_begun;

/* uh_swap_begin returns the number of the swap, for uh_swap_end. */
uint32_t uh_swap_begin(int fd);
void uh_swap_end(uint32_t swap);

/* The slow paths of the next two functions. */
void uh_swap_await_slow(int fd, uint32_t begun);
bool uh_swap_began_since_slow(int fd, uint32_t before);

/* Waits while a swap of fd is under way. The result is for uh_swap_began_since. */
static inline uint32_t uh_swap_await(int fd)
{
	uint32_t begun = atomic_load(&uh_swaps_begun);

	if (begun)
		uh_swap_await_slow(fd, begun);
	return begun;
}

/* True if a swap of fd has, or may have, begun since uh_swap_await returned `before`. */
static inline bool uh_swap_began_since(int fd, uint32_t before)
{
	return atomic_load(&uh_swaps_begun) != before && uh_swap_began_since_slow(fd, before);
}

#endif

/* SPDX-License-Identifier: MIT */
/* epoll_swaps.h: which descriptors' sockets are being replaced at this moment. */
#ifndef UH_EPOLL_SWAPS_H
#define UH_EPOLL_SWAPS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * A socket that is being replaced is in no epoll set for a moment. An epoll_ctl(2) of another
 * thread would fail then, or be lost with the old socket: the call waits, and is made once
 * more. Nobody holds a lock: a swap that never ends, because a fork has cut it off, is waited
 * for a bounded time, and once.
 *
 * All functions here are async-signal-safe and keep errno.
 */

/* How many swaps have begun. */
extern _Atomic uint32_t uh_swaps_begun;

/* Returns a number for uh_swap_end. */
uint32_t uh_swap_begin(int fd);
void uh_swap_end(uint32_t swap);

/* The slow part of the next two. */
void uh_swap_wait(int fd, uint32_t begun);
bool uh_swap_was_since(int fd, uint32_t before);

/* Waits for a swap of fd that is under way. Returns what to ask uh_swap_met with. */
static inline uint32_t uh_swap_settle(int fd)
{
	uint32_t begun = atomic_load(&uh_swaps_begun);

	if (begun)
		uh_swap_wait(fd, begun);
	return begun;
}

/* True if a swap of fd has begun since, or may have. */
static inline bool uh_swap_met(int fd, uint32_t before)
{
	return atomic_load(&uh_swaps_begun) != before && uh_swap_was_since(fd, before);
}

#endif

/* SPDX-License-Identifier: MIT */
/* turn.h: lets one thread at a time read the routes, without a mutex. */
#ifndef UH_TURN_H
#define UH_TURN_H

#include <stdbool.h>
#include <stdint.h>

/*
 * uh_turn_begin takes the turn for this thread, waiting at most the given milliseconds for the
 * thread that has it. If a thread or a vfork(2) child ends while it has the turn, the turn is
 * free again. In a child with its own memory the turn is free from the start, by whatever call
 * the child was made. Returns false if the turn can't be had in that time, if this thread has
 * it already, or if there is no memory.
 *
 * Between begin and end, cancellation of the thread is deferred and all its signals are blocked
 * (32 and 33 too) except those that its own instructions raise (signal_mask.h). While the
 * thread waits, they are not. errno is kept. Async-signal-safe.
 */
struct uh_turn {
	uint64_t signals; /* the kernel's signal mask before */
	int saved_errno, cancel_state;
};
bool uh_turn_begin(struct uh_turn *turn, uint32_t milliseconds);
void uh_turn_end(const struct uh_turn *turn);

/* In the child after fork(2): makes the turn free there. Async-signal-safe. */
void uh_turn_after_fork(void);

#endif

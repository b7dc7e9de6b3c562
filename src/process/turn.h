/* SPDX-License-Identifier: MIT */
/* turn.h: who reads the routes: one thread at a time, without a mutex. */
#ifndef UH_TURN_H
#define UH_TURN_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Takes the turn for this thread. Waits for the thread that has it, at most as many
 * milliseconds as given. A thread or a vfork(2) child that has ended with the turn loses it; in
 * a child with memory of its own, however it was made, nobody has it. False: it could not be
 * had, this thread has it already, or there is no memory for it.
 *
 * Between a turn's begin and end all signals of the thread are blocked, 32 and 33 included, but
 * those for what it does itself (SIGSEGV, SIGSYS…), and its cancellation is held; while it
 * waits they are not. errno is kept. Async-signal-safe.
 */
struct uh_turn {
	uint64_t signals; /* the kernel's mask, as it was */
	int saved_errno, cancel_state;
};
bool uh_turn_begin(struct uh_turn *turn, uint32_t milliseconds);
void uh_turn_end(const struct uh_turn *turn);

/* In a child after fork(2): no other thread has the turn there. Async-signal-safe. */
void uh_turn_after_fork(void);

#endif

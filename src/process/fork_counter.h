/* SPDX-License-Identifier: MIT */
/* fork_counter.h: which forks of this process are under way, counted by pthread_atfork(3)
 * handlers. */
#ifndef UH_FORK_COUNTER_H
#define UH_FORK_COUNTER_H

#include <stdbool.h>

/*
 * The handlers: before the fork, and after it in the parent or in the child. The last two
 * return true if no other fork is under way. A fork past libc (_Fork(3), clone(2)) calls none.
 * Async-signal-safe.
 */
void uh_fork_begins(void);
bool uh_fork_ends(void);
void uh_fork_ends_in_child(void);

/* How many forks have begun: the same twice if none has in between. Async-signal-safe. */
unsigned uh_forks_begun(void);

/* True if a fork is under way, and so a child may get what is open or in memory at this moment.
 * Async-signal-safe. */
bool uh_forks_under_way(void);

/* The same for forks of other threads alone: this one's can't go on while a signal handler that
 * has interrupted it runs. Async-signal-safe. */
bool uh_others_fork(void);

#endif

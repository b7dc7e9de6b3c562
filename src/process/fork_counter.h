/* SPDX-License-Identifier: MIT */
/* fork_counter.h: counts the forks that are under way, by pthread_atfork(3) handlers. */
#ifndef UH_FORK_COUNTER_H
#define UH_FORK_COUNTER_H

#include <stdbool.h>

/*
 * The handlers: uh_fork_begins before a fork, uh_fork_ends after it in the parent, and
 * uh_fork_ends_in_child after it in the child. uh_fork_ends returns true if no other fork is
 * under way. A fork that bypasses libc's fork(2) (_Fork(3), clone(2)) calls no handler.
 * Async-signal-safe.
 */
void uh_fork_begins(void);
bool uh_fork_ends(void);
void uh_fork_ends_in_child(void);

/*
 * Returns how many forks have begun. Two equal results mean that no fork began in between.
 * Async-signal-safe.
 */
unsigned uh_forks_begun(void);

/*
 * True if a fork is under way: a child may then get a copy of the descriptors and the memory as
 * they are now. Async-signal-safe.
 */
bool uh_forks_under_way(void);

/*
 * True if another thread's fork is under way. This thread's own fork is not counted: if a
 * signal handler has interrupted it, it can't proceed before the handler returns.
 * Async-signal-safe.
 */
bool uh_other_forks_under_way(void);

#endif

/* SPDX-License-Identifier: MIT */
/* interruption.h: keeps signal handlers and cancellation from interrupting a few system calls.
 */
#ifndef UH_INTERRUPTION_H
#define UH_INTERRUPTION_H

#include <stdint.h>

/*
 * uh_block_signals blocks the signals of this thread and writes the previous mask (bit n - 1 is
 * signal n) to *before; uh_restore_signals sets that mask again.
 *
 * SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV and SIGSYS stay unblocked. The kernel sends them for
 * what the thread itself does, and if they are blocked it ends the program even if the program
 * handles them (SIGSYS of a seccomp filter that emulates a call). errno is not kept.
 * Async-signal-safe.
 */
void uh_block_signals(uint64_t *before);
void uh_restore_signals(const uint64_t *before);

/*
 * uh_defer_cancel defers cancellation of this thread (pthread_cancel(3)), which would leak a
 * temporary descriptor between two calls. Returns the cancel state to pass to
 * uh_restore_cancel. Both keep errno and are async-signal-safe.
 */
int uh_defer_cancel(void);
void uh_restore_cancel(int state);

#endif

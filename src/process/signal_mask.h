/* SPDX-License-Identifier: MIT */
/* signal_mask.h: keeps signal handlers from running between a few system calls. */
#ifndef UH_SIGNAL_MASK_H
#define UH_SIGNAL_MASK_H

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

#endif

/* SPDX-License-Identifier: MIT */
/* signal_mask.h: keeps signal handlers out of a few system calls. */
#ifndef UH_SIGNAL_MASK_H
#define UH_SIGNAL_MASK_H

#include <stdint.h>

/*
 * Blocks this thread's signals, and gives in *before the mask for uh_restore_signals, a bit for
 * each signal from 1 on. Signals that the kernel sends for what a thread does itself are left:
 * blocked, they would end the program, be it one that handles them (SIGSYS of a seccomp filter
 * that emulates a call). errno is not kept. Async-signal-safe.
 */
void uh_block_signals(uint64_t *before);
void uh_restore_signals(const uint64_t *before);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * backoff.h: a target that does not answer is left alone for a short, growing time.
 *
 * What is known of a target is a word, found by a hash of its path, or of its address and port:
 * 0 while it answers. The words are in memory that is there from the start, read and written
 * without locks; a child of fork(2) goes on with what its parent knew. All functions here are
 * async-signal-safe.
 */
#ifndef UH_BACKOFF_H
#define UH_BACKOFF_H

#include "targets.h"

/* What is known of try->target. One load while every target answers. */
uint64_t uh_backoff_find(const struct uh_target_attempt *attempt);

/* True until the target's time to be asked again has come. */
bool uh_backoff_is_active(uint64_t known);

/* True when asking it took long: no host answered, and the kernel had to give up waiting. */
bool uh_backoff_timed_out(uint64_t known);

/*
 * The target did not answer: *try->failure says why, known is what uh_backoff_find said before
 * it was asked. The first rest is retry_after of the table's settings, each further one twice
 * as long, up to retry_limit. A failure that is this process's own, for want of descriptors or
 * memory, is not held against it, nor one of a task that sees other files than the process
 * whose memory it borrows. Returns true when it is worth telling: the target answered before,
 * or has come into the hands of a stranger.
 */
bool uh_backoff_fail(const struct uh_target_attempt *attempt, uint64_t known);

/* The target answered. Returns true when it had not before. */
bool uh_backoff_succeed(const struct uh_target_attempt *attempt);

#endif

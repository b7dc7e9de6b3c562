/* SPDX-License-Identifier: MIT */
/*
 * backoff.h: leaves a target alone for a short, growing time after it did not answer.
 *
 * The state of a target is one word, found by a hash of its path, or of its address and port;
 * it is 0 while the target answers. The words are in static memory and are accessed without
 * locks. A child of fork(2) inherits them. All functions here are async-signal-safe; errno is
 * not kept.
 */
#ifndef UH_BACKOFF_H
#define UH_BACKOFF_H

#include "attempt.h"

/* Returns the state of attempt->target. Costs one load while all targets answer. */
uint64_t uh_backoff_find(const struct uh_target_attempt *attempt);

/* True until the back-off ends. */
bool uh_backoff_is_active(uint64_t known);

/* True if the last attempt took long, because no host answered before the kernel gave up. */
bool uh_backoff_timed_out(uint64_t known);

/*
 * Records that attempt->target did not answer: attempt->failure is the reason, known the result
 * of uh_backoff_find before the attempt. The first back-off lasts retry_after (settings of the
 * table), each further one twice as long, up to retry_limit. A failure is ignored if it is
 * about this process (no descriptors, no memory), or if the caller is a child of vfork(2) that
 * sees other files than the process whose memory it shares. Returns true if the failure is
 * worth a report: the target answered before, or is now run by a user that the route does not
 * expect.
 */
bool uh_backoff_fail(const struct uh_target_attempt *attempt, uint64_t known);

/* Records that attempt->target answered. Returns true if it did not answer before. */
bool uh_backoff_succeed(const struct uh_target_attempt *attempt);

#endif

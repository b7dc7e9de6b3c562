/* SPDX-License-Identifier: MIT */
/* rate.h: a limit on how often something is done. */
#ifndef UH_RATE_H
#define UH_RATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* A limiter's state: when the window began, and the calls since. 0 at first. */
typedef _Atomic uint64_t uh_rate;

/*
 * True for the first limit calls of a window, which begins with a call and lasts that many
 * seconds of CLOCK_MONOTONIC. A limit of 0 allows all. *dropped is set to 0, and by the first
 * call of a window to the number of calls that were refused in the window before.
 * Async-signal-safe, without a lock; no call of a thread is lost or counted twice.
 */
bool uh_rate_allows(uh_rate *rate, uint32_t seconds, uint32_t limit, uint32_t *dropped);

/* The same at a time that the caller gives, in seconds. */
bool uh_rate_allows_at(uh_rate *rate, uint32_t now, uint32_t seconds, uint32_t limit,
		       uint32_t *dropped);

#endif

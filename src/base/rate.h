/* SPDX-License-Identifier: MIT */
/* rate.h: so many in so long a time, and no more. */
#ifndef UH_RATE_H
#define UH_RATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define UH_RATE_SECONDS 10

/* How many there were in which ten seconds. Zero at first. */
typedef _Atomic uint64_t uh_rate;

/*
 * True for the first limit (0: for all) of each ten seconds; second is a clock's. *dropped is
 * how many were not in the ten seconds before, told to the first of those that follow.
 * Async-signal-safe: no lock; threads never count one twice.
 */
bool uh_rate_allows(uh_rate *rate, uint64_t second, uint32_t limit, uint32_t *dropped);

#endif

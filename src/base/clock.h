/* SPDX-License-Identifier: MIT */
/* clock.h: the time, for limits and for measurements. */
#ifndef UH_CLOCK_H
#define UH_CLOCK_H

#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/*
 * Nanoseconds of a clock of clock_gettime(2), or 0 if the clock cannot be read. libc needs no
 * system call for most clocks; CLOCK_MONOTONIC_COARSE is the cheapest. Async-signal-safe.
 */
static inline uint64_t uh_clock_ns(clockid_t clock)
{
	struct timespec now;

	if (clock_gettime(clock, &now) != 0)
		return 0;
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/*
 * Milliseconds of CLOCK_MONOTONIC, by the system call: a preloaded object (libfaketime) may
 * have stopped libc's clocks, and a wait must end all the same. Async-signal-safe.
 */
static inline uint64_t uh_clock_ms(void)
{
	long now[2] = {0};

	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, now);
	return (uint64_t)now[0] * 1000 + (uint64_t)now[1] / 1000000;
}

#endif

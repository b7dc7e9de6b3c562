/* SPDX-License-Identifier: MIT */
/* clock.h: the time that passes, for limits on waiting. */
#ifndef UH_CLOCK_H
#define UH_CLOCK_H

#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/*
 * Milliseconds of CLOCK_MONOTONIC, by the system call: a preloaded object (libfaketime) may
 * have stopped libc's clocks, and a limit must end all the same. Async-signal-safe.
 */
static inline uint64_t uh_clock_ms(void)
{
	long now[2] = {0};

	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, now);
	return (uint64_t)now[0] * 1000 + (uint64_t)now[1] / 1000000;
}

#endif

/* SPDX-License-Identifier: MIT */
/* clock.h: what the measuring programs share: a clock and a median. */
#ifndef UH_BENCH_CLOCK_H
#define UH_BENCH_CLOCK_H

#include <stdlib.h>
#include <time.h>

/* Nanoseconds since some moment. */
static inline double clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static inline int clock_ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The median of count (at least one) values, which are sorted in place. */
static inline double clock_median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), clock_ascending);
	return values[count / 2];
}

#endif

/* SPDX-License-Identifier: MIT */
/* median.h: the middle of measured times, and what all but the slowest don't exceed. */
#ifndef UH_MEDIAN_H
#define UH_MEDIAN_H

#include <stddef.h>

/* Sorts count numbers, the smallest first. */
void uh_numbers_sort(double *number, size_t count);

/* The middle of count sorted values, of an even count the mean of the middle two, and the value
 * that 99 of 100 don't exceed. count > 0. */
double uh_median(const double *sorted, size_t count);
double uh_p99(const double *sorted, size_t count);

#endif

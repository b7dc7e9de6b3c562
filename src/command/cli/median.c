/* SPDX-License-Identifier: MIT */
/* median.c: order statistics of times, the same for `trace`, `suggest` and the page. */
#include "median.h"

#include <stdlib.h>

static int compare_numbers(const void *a, const void *b)
{
	double first = *(const double *)a, second = *(const double *)b;

	return (first > second) - (first < second);
}

void uh_numbers_sort(double *number, size_t count)
{
	qsort(number, count, sizeof(*number), compare_numbers);
}

double uh_median(const double *sorted, size_t count)
{
	return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
}

double uh_p99(const double *sorted, size_t count)
{
	return sorted[(count * 99 + 99) / 100 - 1];
}

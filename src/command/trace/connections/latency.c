/* SPDX-License-Identifier: MIT */
/* latency.c: counts outcomes; the median and the 99th percentile of times. */
#include "latency.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command/cli/diag.h"

static int compare_numbers(const void *a, const void *b)
{
	double first = *(const double *)a, second = *(const double *)b;

	return (first > second) - (first < second);
}

double uh_median(const double *sorted, size_t count)
{
	return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
}

double uh_p99(const double *sorted, size_t count)
{
	return sorted[(count * 99 + 99) / 100 - 1];
}

static void add_failure(struct uh_times *times, int error, uint64_t number)
{
	struct uh_failures *failure = times->failure, *last = &failure[UH_FAILURES - 1];

	times->failed += number;
	while (failure < last && failure->count && failure->error != error)
		failure++;
	failure->error = failure == last ? UH_OTHER_FAILURES : error;
	failure->count += number;
}

bool uh_times_measure(const struct uh_group *group, enum uh_timed timed, struct uh_times *times)
{
	/* One item more than needed: malloc(0) may be NULL. */
	double *time = malloc((group->count + 1) * sizeof(*time));

	*times = (struct uh_times){0};
	if (!time) {
		uh_error("%s", strerror(ENOMEM));
		return false;
	}
	for (size_t i = 0; i < group->count; i++) {
		const struct uh_connection *connection = group->connection[i];

		times->count += !connection->datagrams;
		times->datagrams += connection->datagrams;
		if (uh_is_failure(connection->error))
			add_failure(times, connection->error, uh_connection_uses(connection));
		else if (connection->error)
			times->unknown += uh_connection_uses(connection);
		if (connection->microseconds >= 0 &&
		    (timed == UH_TIMED_ALL || connection->error == 0))
			time[times->timed++] = connection->microseconds;
	}
	if (times->timed) {
		qsort(time, times->timed, sizeof(*time), compare_numbers);
		times->median = uh_median(time, times->timed);
		times->p99 = uh_p99(time, times->timed);
	}
	free(time);
	return true;
}

/* SPDX-License-Identifier: MIT */
/* latency.c: counts connections, and finds their median time. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command/cli/command.h"
#include "command/cli/median.h"
#include "trace_read.h"

/* EINPROGRESS is in older traces, whose program did not wait for the outcome either. */
static bool is_unknown(const struct uh_connection *connection)
{
	return strcmp(connection->result, "unknown") == 0 ||
	       strcmp(connection->result, "EINPROGRESS") == 0;
}

/* A failure's time is no latency. */
static bool is_timed(const struct uh_connection *connection)
{
	return connection->microseconds >= 0 && strcmp(connection->result, "ok") == 0;
}

bool uh_times_count(const struct uh_connection *const *connection, size_t count,
		    struct uh_times *times)
{
	/* One more: malloc(0) may be NULL. */
	double *time = malloc((count + 1) * sizeof(*time));

	*times = (struct uh_times){.count = count};
	if (!time) {
		uh_error("%s", strerror(errno));
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		if (is_timed(connection[i]))
			time[times->timed++] = connection[i]->microseconds;
		else if (is_unknown(connection[i]))
			times->unknown++;
		else if (strcmp(connection[i]->result, "ok") != 0)
			times->failed++;
	}
	uh_numbers_sort(time, times->timed);
	if (times->timed) {
		times->median = uh_median(time, times->timed);
		times->p99 = uh_p99(time, times->timed);
	}
	free(time);
	return true;
}

const char *uh_program_name(const char *program)
{
	const char *slash = strrchr(program, '/');

	return slash && slash[1] ? slash + 1 : program;
}

/* SPDX-License-Identifier: MIT */
/* destinations.c: groups a trace's connections by destination. */
#include "destinations.h"

#include <stdlib.h>
#include <string.h>

static int compare_texts(const char *a, const char *b)
{
	return a == b ? 0 : strcmp(a ? a : "", b ? b : "");
}

static int compare_connections(const void *a, const void *b)
{
	const struct uh_connection *x = *(const struct uh_connection *const *)a;
	const struct uh_connection *y = *(const struct uh_connection *const *)b;
	int order = compare_texts(x->name, y->name);

	if (order == 0)
		order = compare_texts(x->program, y->program);
	return order ? order : x < y ? -1 : x > y;
}

bool uh_trace_destinations(const struct uh_trace *trace, struct uh_groups *destinations)
{
	size_t count = 0;

	if (!uh_group(trace, UH_BY_DESTINATION, destinations))
		return false;
	for (size_t i = 0; i < destinations->count; i++) {
		struct uh_group *group = &destinations->group[i];

		if (group->connection[0]->route)
			continue;
		qsort(group->connection, group->count, sizeof(*group->connection),
		      compare_connections);
		destinations->group[count++] = *group;
	}
	destinations->count = count;
	return true;
}

/* SPDX-License-Identifier: MIT */
/* destinations.c: groups a trace's connections by destination. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command/cli/command.h"
#include "hairpin.h"

int uh_texts_compare(const char *a, const char *b)
{
	return a == b ? 0 : strcmp(a ? a : "", b ? b : "");
}

int uh_destinations_compare(const struct uh_connection *a, const struct uh_connection *b)
{
	int order = memcmp(&a->to.address, &b->to.address, sizeof(a->to.address));

	if (order == 0)
		order = (int)a->to.port - (int)b->to.port;
	return order ? order : (int)a->protocol - (int)b->protocol;
}

static int compare_connections(const void *a, const void *b)
{
	const struct uh_connection *x = *(const struct uh_connection *const *)a;
	const struct uh_connection *y = *(const struct uh_connection *const *)b;
	int order = uh_destinations_compare(x, y);

	if (order == 0)
		order = uh_texts_compare(x->name, y->name);
	return order ? order : uh_texts_compare(x->program, y->program);
}

static int compare_visits(const void *a, const void *b)
{
	const struct uh_trace_destination *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return uh_destinations_compare(x->connection[0], y->connection[0]);
}

/* Selects the connections that no route took, sorted by destination, name and program. */
static const struct uh_connection **select_direct(const struct uh_trace *trace, size_t *count)
{
	/* One more than needed, because malloc(0) may return NULL. */
	const struct uh_connection **selected = malloc((trace->count + 1) * sizeof(*selected));

	*count = 0;
	for (size_t i = 0; selected && i < trace->count; i++)
		if (!trace->connection[i].route)
			selected[(*count)++] = &trace->connection[i];
	if (selected)
		qsort(selected, *count, sizeof(*selected), compare_connections);
	return selected;
}

bool uh_trace_destinations_sort(const struct uh_trace *trace,
				struct uh_trace_destinations *list)
{
	size_t connections;

	*list =
	    (struct uh_trace_destinations){.connection = select_direct(trace, &connections)};
	list->visits = calloc(connections + 1, sizeof(*list->visits));
	if (!list->connection || !list->visits) {
		uh_error("%s", strerror(ENOMEM));
		uh_trace_destinations_free(list);
		return false;
	}
	for (size_t i = 0; i < connections; i++) {
		const struct uh_connection **at = &list->connection[i];

		if (i == 0 || uh_destinations_compare(at[-1], at[0]) != 0)
			list->visits[list->count++].connection = at;
		list->visits[list->count - 1].count++;
	}
	qsort(list->visits, list->count, sizeof(*list->visits), compare_visits);
	return true;
}

void uh_trace_destinations_free(struct uh_trace_destinations *list)
{
	free(list->visits);
	free(list->connection);
	*list = (struct uh_trace_destinations){0};
}

/* SPDX-License-Identifier: MIT */
/* page_rows.c: a trace's connections as the rows of a table. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command/cli/command.h"
#include "page.h"

/* Those that no route took come first, by their names: so they are uh_trace_destination. */
static int compare(const struct uh_connection *a, const struct uh_connection *b)
{
	int order = uh_destinations_compare(a, b);

	if (order == 0)
		order = !!a->route - !!b->route;
	if (order == 0)
		order = uh_texts_compare(a->name, b->name);
	if (order == 0)
		order = uh_texts_compare(a->program, b->program);
	if (order == 0)
		order = uh_texts_compare(a->place, b->place);
	return order ? order : uh_texts_compare(a->target, b->target);
}

static int compare_connections(const void *a, const void *b)
{
	return compare(*(const struct uh_connection *const *)a,
		       *(const struct uh_connection *const *)b);
}

static int compare_rows(const void *a, const void *b)
{
	const struct uh_page_row *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return compare(x->connection[0], y->connection[0]);
}

static bool judge(const struct uh_host *scene, const struct uh_trace_destination *visits,
		  bool *hairpin)
{
	struct uh_hairpin found = {.visits = visits};
	FILE *notes = fopen("/dev/null", "we");

	if (!notes) {
		uh_error("/dev/null: %s", strerror(errno));
		return false;
	}
	*hairpin = uh_class_is_hairpin(uh_hairpin_classify(scene, &found, notes));
	fclose(notes);
	return true;
}

/* How many connections from the first on have its destination, all without a route. */
static size_t count_visits(const struct uh_connection **at, size_t left)
{
	size_t count = 0;

	while (count < left && !at[count]->route &&
	       uh_destinations_compare(at[0], at[count]) == 0)
		count++;
	return count;
}

static size_t count_alike(const struct uh_connection **at, size_t left)
{
	size_t count = 1;

	while (count < left && compare(at[0], at[count]) == 0)
		count++;
	return count;
}

/* Makes the rows of sorted connections; where a destination begins, it is judged. */
static bool make_rows(const struct uh_host *scene, struct uh_page_rows *rows, size_t count)
{
	bool hairpin = false;

	for (size_t i = 0; i < count; i += rows->row[rows->count++].count) {
		const struct uh_connection **at = &rows->connection[i];
		struct uh_page_row *row = &rows->row[rows->count];
		struct uh_trace_destination visits = {at, count_visits(at, count - i)};

		if (visits.count && (i == 0 || uh_destinations_compare(at[-1], at[0]) != 0) &&
		    !judge(scene, &visits, &hairpin))
			return false;
		*row =
		    (struct uh_page_row){.connection = at, .hairpin = hairpin && !at[0]->route};
		row->count = count_alike(at, count - i);
		if (!uh_times_count(at, row->count, &row->times))
			return false;
	}
	return true;
}

bool uh_page_rows_make(const struct uh_trace *trace, const struct uh_host *scene,
		       struct uh_page_rows *rows)
{
	/* One more: malloc(0) may be NULL. */
	*rows = (struct uh_page_rows){
	    .row = calloc(trace->count + 1, sizeof(*rows->row)),
	    .connection = malloc((trace->count + 1) * sizeof(*rows->connection))};
	if (!rows->row || !rows->connection) {
		uh_error("%s", strerror(ENOMEM));
		return false;
	}
	for (size_t i = 0; i < trace->count; i++)
		rows->connection[i] = &trace->connection[i];
	qsort(rows->connection, trace->count, sizeof(*rows->connection), compare_connections);
	if (!make_rows(scene, rows, trace->count))
		return false;
	qsort(rows->row, rows->count, sizeof(*rows->row), compare_rows);
	return true;
}

void uh_page_rows_free(struct uh_page_rows *rows)
{
	free(rows->row);
	free(rows->connection);
}

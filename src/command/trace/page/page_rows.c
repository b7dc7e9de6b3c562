/* SPDX-License-Identifier: MIT */
/* page_rows.c: a trace's connections as the rows of a table. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command/cli/command.h"
#include "page.h"

/* Sets hairpin[i] if connection i of the trace, which no route took, went through a hairpin. */
static bool classify(const struct uh_trace *trace, const struct uh_host *scene, bool *hairpin)
{
	FILE *notes = fopen("/dev/null", "we");
	struct uh_groups destinations = {0};
	bool good = notes && uh_trace_destinations(trace, &destinations);

	if (!notes)
		uh_error("/dev/null: %s", strerror(errno));
	for (size_t i = 0; good && i < destinations.count; i++) {
		const struct uh_group *group = &destinations.group[i];
		struct uh_hairpin found = {.visits = group};

		if (!uh_class_is_hairpin(uh_hairpin_classify(scene, &found, notes)))
			continue;
		for (size_t j = 0; j < group->count; j++)
			hairpin[group->connection[j] - trace->connection] = true;
	}
	uh_groups_free(&destinations);
	if (notes)
		fclose(notes);
	return good;
}

bool uh_page_rows_make(const struct uh_trace *trace, const struct uh_host *scene,
		       struct uh_page_rows *rows)
{
	bool *hairpin = calloc(trace->count + 1, sizeof(*hairpin));
	bool good = hairpin && uh_group(trace, UH_BY_WAY, &rows->groups);

	rows->row = good ? calloc(rows->groups.count + 1, sizeof(*rows->row)) : NULL;
	good = rows->row && classify(trace, scene, hairpin);
	for (size_t i = 0; good && i < rows->groups.count; i++) {
		const struct uh_group *group = &rows->groups.group[i];
		struct uh_page_row *row = &rows->row[rows->count++];

		row->connection = group->connection;
		row->count = group->count;
		row->hairpin = hairpin[group->connection[0] - trace->connection];
		good = uh_times_measure(group, UH_TIMED_CONNECTED, &row->times);
	}
	free(hairpin);
	return good;
}

void uh_page_rows_free(struct uh_page_rows *rows)
{
	free(rows->row);
	uh_groups_free(&rows->groups);
}

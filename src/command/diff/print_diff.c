/* SPDX-License-Identifier: MIT */
/* print_diff.c: prints changes as a table and as JSON. */
#include "print_diff.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/cli/columns.h"
#include "command/cli/diag.h"
#include "command/show/route_fields.h"
#include "command/show/setting_values.h"

enum { COLUMNS = 5 };

static const char *kind_of(const struct uh_change *change)
{
	if (change->count[UH_OLD] == 0)
		return "added";
	return change->count[UH_NEW] == 0 ? "removed" : "changed";
}

/* The two values of setting i, for free(3). */
struct values {
	char *text[UH_SIDES];
};

/* Reads the values of setting i. Returns true if they differ; free_values() in any case. */
static bool read_values(const struct uh_diff *diff, int i, struct values *values)
{
	values->text[UH_OLD] = uh_setting_value(diff->table[UH_OLD], i);
	values->text[UH_NEW] = uh_setting_value(diff->table[UH_NEW], i);
	return values->text[UH_OLD] && values->text[UH_NEW] &&
	       strcmp(values->text[UH_OLD], values->text[UH_NEW]) != 0;
}

static void free_values(struct values *values)
{
	free(values->text[UH_OLD]);
	free(values->text[UH_NEW]);
}

bool uh_diff_has_settings(const struct uh_diff *diff)
{
	struct values values;
	bool any = false;

	for (int i = 0; i < UH_SETTING_VALUES; i++) {
		any |= read_values(diff, i, &values);
		free_values(&values);
	}
	return any;
}

/* Returns an answer as "TARGETS (OPTIONS); TARGETS", for free(3), or NULL. */
static char *answer_text(const struct uh_diff *diff, const struct uh_change *change,
			 enum uh_side side)
{
	char *all = NULL;
	size_t size;
	FILE *out = open_memstream(&all, &size);

	if (!out)
		return NULL;
	if (change->count[side] == 0)
		fputs("original address", out);
	for (size_t i = 0; i < change->count[side]; i++) {
		const struct uh_table_route *route = change->answer[side][i];
		char *targets = uh_route_targets_text(diff->table[side], route);
		char *options = uh_route_options_text(diff->table[side], route, false);

		fprintf(out, "%s%s", i ? "; " : "", targets ? targets : "?");
		if (options && *options)
			fprintf(out, " (%s)", options);
		free(targets);
		free(options);
	}
	return fclose(out) == 0 ? all : NULL;
}

/* Returns the side whose route is shown with its place: the new one, unless it has no route. */
static enum uh_side placed(const struct uh_change *change)
{
	return change->count[UH_NEW] ? UH_NEW : UH_OLD;
}

static void add_change(const struct uh_diff *diff, struct uh_columns *columns,
		       const struct uh_change *change)
{
	static const char *const protocol[] = {"", "", " udp", " any"};
	enum uh_side side = placed(change);
	const struct uh_table_route *route = change->answer[side][0];
	char destination[UH_CHANGE_TEXT], *old = answer_text(diff, change, UH_OLD),
					  *new = answer_text(diff, change, UH_NEW);
	enum uh_shade shade = change->count[UH_OLD] == 0   ? UH_GOOD
			      : change->count[UH_NEW] == 0 ? UH_BAD
							   : UH_DOUBTFUL;

	uh_columns_add(columns, shade, "%s", kind_of(change));
	uh_columns_add(columns, UH_PLAIN, "%s%s", uh_change_destination(change, destination),
		       protocol[change->protocols & UH_ANY]);
	uh_columns_add(columns, UH_PLAIN, "%s", old ? old : "?");
	uh_columns_add(columns, UH_PLAIN, "%s", new ? new : "?");
	uh_columns_add(columns, UH_PLAIN, route->line ? "%s:%u" : "%s",
		       uh_table_text(diff->table[side], route->file), (unsigned)route->line);
	free(old);
	free(new);
}

static void add_settings(const struct uh_diff *diff, struct uh_columns *columns)
{
	struct values values;

	for (int i = 0; i < UH_SETTING_VALUES; i++) {
		if (read_values(diff, i, &values)) {
			uh_columns_add(columns, UH_DOUBTFUL, "setting");
			uh_columns_add(columns, UH_PLAIN, "%s", uh_setting_name(i));
			uh_columns_add(columns, UH_PLAIN, "%s", values.text[UH_OLD]);
			uh_columns_add(columns, UH_PLAIN, "%s", values.text[UH_NEW]);
			uh_columns_add(columns, UH_PLAIN, "%s", "");
		}
		free_values(&values);
	}
}

bool uh_diff_print_table(const struct uh_diff *diff, bool headings)
{
	static const char *const title[COLUMNS] = {"CHANGE", "DESTINATION", "OLD", "NEW",
						   "PLACE"};
	static const bool right[COLUMNS];
	struct uh_columns *columns = uh_columns_new(headings ? title : NULL, right, COLUMNS);
	bool good;

	for (size_t i = 0; i < diff->changes.count; i++)
		add_change(diff, columns, diff->changes.list[i]);
	add_settings(diff, columns);
	good = uh_columns_print(columns, stdout, uh_has_colours(stdout));
	uh_columns_free(columns);
	if (!good)
		uh_error("%s", strerror(ENOMEM));
	return good;
}

/* Returns the routes of an answer, as an array. */
static json_t *pack_answer(const struct uh_diff *diff, const struct uh_change *change,
			   enum uh_side side)
{
	const struct uh_table *table = diff->table[side];
	json_t *list = json_array();

	for (size_t i = 0; i < change->count[side]; i++) {
		const struct uh_table_route *route = change->answer[side][i];
		json_t *object =
		    json_pack("{s:o, s:o, s:o}", "route",
			      uh_json_string(uh_table_text(table, route->text)), "file",
			      uh_json_string(uh_table_text(table, route->file)), "line",
			      route->line ? json_integer(route->line) : json_null());

		json_object_update_new(object, uh_route_fields_json(table, route));
		json_array_append_new(list, object);
	}
	return list;
}

static bool print_change(const struct uh_diff *diff, const struct uh_change *change)
{
	static const char *const protocol[] = {"", "tcp", "udp", "any"};
	char destination[UH_CHANGE_TEXT];

	return uh_json_print(
	    stdout,
	    json_pack("{s:s, s:o, s:s, s:o, s:o}", "change", kind_of(change), "destination",
		      uh_json_string(uh_change_destination(change, destination)), "protocol",
		      protocol[change->protocols & UH_ANY], "old",
		      pack_answer(diff, change, UH_OLD), "new",
		      pack_answer(diff, change, UH_NEW)));
}

bool uh_diff_print_json(const struct uh_diff *diff)
{
	struct values values;
	bool good = true;

	for (size_t i = 0; good && i < diff->changes.count; i++)
		good = print_change(diff, diff->changes.list[i]);
	for (int i = 0; good && i < UH_SETTING_VALUES; i++) {
		if (read_values(diff, i, &values))
			good = uh_json_print(
			    stdout, json_pack("{s:s, s:s, s:o, s:o}", "change", "setting",
					      "setting", uh_setting_name(i), "old",
					      uh_json_string(values.text[UH_OLD]), "new",
					      uh_json_string(values.text[UH_NEW])));
		free_values(&values);
	}
	return good;
}

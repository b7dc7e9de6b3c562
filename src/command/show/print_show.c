/* SPDX-License-Identifier: MIT */
/* print_show.c: prints a configuration as tables for people. */
#include "print_show.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/cli/columns.h"
#include "command/cli/diag.h"
#include "route_fields.h"

const char *uh_cache_state_text(enum uh_cache_state state)
{
	static const char *const text[] = {
	    [UH_CACHE_ABSENT] = "missing",  [UH_CACHE_REFUSED] = "refused",
	    [UH_CACHE_DAMAGED] = "damaged", [UH_CACHE_OTHERS] = "other routes",
	    [UH_CACHE_STALE] = "stale",	    [UH_CACHE_FRESH] = "fresh",
	};

	return text[state];
}

const char *uh_source_state(const struct uh_table_source *source)
{
	if (!source || (source->kind != UH_SOURCE_MAIN && source->kind != UH_SOURCE_FILE))
		return NULL;
	return source->stamp.mode ? "read" : "missing";
}

static void add_route(const struct uh_shown *shown, struct uh_columns *columns,
		      const struct uh_table_route *route)
{
	const struct uh_table *table = shown->table;
	char *targets = uh_route_targets_text(table, route);
	char *options = uh_route_options_text(table, route, true);

	uh_columns_add(columns, UH_PLAIN, "%s", uh_table_text(table, route->text));
	uh_columns_add(columns, UH_PLAIN, "%s", targets ? targets : "?");
	uh_columns_add(columns, UH_PLAIN, "%s", options ? options : "?");
	uh_columns_add(columns, UH_PLAIN, route->line ? "%s:%u" : "%s",
		       uh_table_text(table, route->file), (unsigned)route->line);
	if (shown->off)
		uh_columns_add(columns, UH_DOUBTFUL, "switched off");
	else
		uh_columns_add(columns, UH_GOOD, "in force");
	free(targets);
	free(options);
}

const char *uh_idle_state(const struct uh_idle_route *route)
{
	return route->disabled ? "disabled" : "overridden";
}

static void add_idle(struct uh_columns *columns, const struct uh_idle_route *route)
{
	uh_columns_add(columns, UH_PLAIN, "%s", route->destination);
	uh_columns_add(columns, UH_PLAIN, "%s", route->targets);
	uh_columns_add(columns, UH_PLAIN, "%s", "");
	uh_columns_add(columns, UH_PLAIN, route->line ? "%s:%u" : "%s", route->file,
		       route->line);
	uh_columns_add(columns, UH_DOUBTFUL, "%s", uh_idle_state(route));
}

static struct uh_columns *make_routes(const struct uh_shown *shown, bool headings)
{
	static const char *const title[] = {"ROUTE", "TARGETS", "OPTIONS", "PLACE", "STATE"};
	static const bool right[5];
	struct uh_columns *columns = uh_columns_new(headings ? title : NULL, right, 5);

	for (uint32_t i = 0; i < uh_table_routes(shown->table); i++)
		add_route(shown, columns, uh_table_route(shown->table, i));
	for (size_t i = 0; i < shown->idle.count; i++)
		add_idle(columns, &shown->idle.list[i]);
	return columns;
}

static struct uh_columns *make_settings(const struct uh_shown *shown, bool headings)
{
	static const char *const title[] = {"SETTING", "VALUE", "PLACE"};
	static const bool right[3];
	struct uh_columns *columns = uh_columns_new(headings ? title : NULL, right, 3);

	for (int i = 0; i < UH_SETTING_VALUES; i++) {
		const char *place = shown->places.text[i];
		char *value = uh_setting_value(shown->table, i);

		uh_columns_add(columns, UH_PLAIN, "%s", uh_setting_name(i));
		uh_columns_add(columns, UH_PLAIN, "%s", value ? value : "?");
		uh_columns_add(columns, UH_PLAIN, "%s", place ? place : "default");
		free(value);
	}
	return columns;
}

static void add_file(struct uh_columns *columns, const char *path, enum uh_shade shade,
		     const char *state)
{
	uh_columns_add(columns, UH_PLAIN, "%s", path);
	uh_columns_add(columns, shade, "%s", state);
}

static struct uh_columns *make_files(const struct uh_shown *shown, bool headings)
{
	static const char *const title[] = {"FILE", "STATE"};
	static const bool right[2];
	struct uh_columns *columns = uh_columns_new(headings ? title : NULL, right, 2);
	const struct uh_table *table = shown->table;

	for (uint32_t i = 0; i < uh_table_sources(table); i++) {
		const struct uh_table_source *source = uh_table_source(table, i);
		const char *state = uh_source_state(source);

		if (state)
			add_file(columns, uh_table_text(table, source->path), UH_PLAIN, state);
	}
	if (shown->off)
		add_file(columns, shown->off, UH_DOUBTFUL, "switches the routes off");
	if (shown->cache)
		add_file(columns, shown->cache,
			 shown->state == UH_CACHE_FRESH ? UH_GOOD : UH_DOUBTFUL,
			 uh_cache_state_text(shown->state));
	return columns;
}

bool uh_show_tables(const struct uh_shown *shown, bool headings)
{
	struct uh_columns *columns[] = {make_routes(shown, headings),
					make_settings(shown, headings),
					make_files(shown, headings)};
	bool good = true;

	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
		if (i > 0)
			putchar('\n');
		good = uh_columns_print(columns[i], stdout, uh_has_colours(stdout)) && good;
		uh_columns_free(columns[i]);
	}
	if (!good)
		uh_error("%s", strerror(ENOMEM));
	return good;
}

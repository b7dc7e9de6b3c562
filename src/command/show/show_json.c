/* SPDX-License-Identifier: MIT */
/* show_json.c: prints a configuration as JSON, an object for each route, setting and file. */
#include <stdlib.h>

#include "print_show.h"
#include "route_fields.h"

static bool print_route(const struct uh_shown *shown, const struct uh_table_route *route)
{
	static const char *const protocol[] = {"", "tcp", "udp", "any"};
	const struct uh_table *table = shown->table;
	json_t *object = json_pack("{s:s, s:o, s:s, s:o, s:o, s:s}", "kind", "route", "route",
				   uh_json_string(uh_table_text(table, route->text)),
				   "protocol", protocol[route->protocol & UH_ANY], "file",
				   uh_json_string(uh_table_text(table, route->file)), "line",
				   route->line ? json_integer(route->line) : json_null(),
				   "state", shown->off ? "switched off" : "in force");

	if (json_object_update_new(object, uh_route_fields_json(table, route)) != 0) {
		json_decref(object);
		object = NULL;
	}
	return uh_json_print(stdout, object);
}

/* The options of a route that is not in force are left out. */
static bool print_idle(const struct uh_idle_route *route)
{
	return uh_json_print(stdout,
			     json_pack("{s:s, s:o, s:o, s:o, s:s}", "kind", "route", "route",
				       uh_json_string(route->destination), "file",
				       uh_json_string(route->file), "line",
				       route->line ? json_integer(route->line) : json_null(),
				       "state", uh_idle_state(route)));
}

static bool print_setting(const struct uh_shown *shown, int i)
{
	char *value = uh_setting_value(shown->table, i);
	bool good = uh_json_print(stdout, json_pack("{s:s, s:s, s:o, s:o}", "kind", "setting",
						    "setting", uh_setting_name(i), "value",
						    uh_json_string(value), "place",
						    uh_json_string(shown->places.text[i])));

	free(value);
	return good;
}

static bool print_file(const char *path, const char *state)
{
	return uh_json_print(stdout, json_pack("{s:s, s:o, s:s}", "kind", "file", "file",
					       uh_json_string(path), "state", state));
}

static bool print_source(const struct uh_shown *shown, const struct uh_table_source *source)
{
	const char *state = uh_source_state(source);

	return !state || print_file(uh_table_text(shown->table, source->path), state);
}

bool uh_show_json(const struct uh_shown *shown)
{
	const struct uh_table *table = shown->table;
	bool good = true;

	for (uint32_t i = 0; good && i < uh_table_routes(table); i++)
		good = print_route(shown, uh_table_route(table, i));
	for (size_t i = 0; good && i < shown->idle.count; i++)
		good = print_idle(&shown->idle.list[i]);
	for (int i = 0; good && i < UH_SETTING_VALUES; i++)
		good = print_setting(shown, i);
	for (uint32_t i = 0; good && i < uh_table_sources(table); i++)
		good = print_source(shown, uh_table_source(table, i));
	if (good && shown->off)
		good = print_file(shown->off, "switches the routes off");
	if (good && shown->cache)
		good = print_file(shown->cache, uh_cache_state_text(shown->state));
	return good;
}

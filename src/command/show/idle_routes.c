/* SPDX-License-Identifier: MIT */
/* idle_routes.c: finds the routes that are not in force, by their places, in a uthash map. */
#include "idle_routes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/hash_map.h"
#include "build/route_text.h"
#include "table/table.h"

/* A route of the table. The key is its place and its destination, because a line can have two.
 */
struct entry {
	UT_hash_handle hh;
	char key[];
};

static char *targets_text(const struct uh_route *route)
{
	char *all = NULL, text[UH_TARGET_TEXT];
	size_t size;
	FILE *out = open_memstream(&all, &size);

	if (!out)
		return NULL;
	for (size_t i = 0; i < route->targets; i++)
		fprintf(out, "%s%s", i ? ", " : "", uh_target_format(&route->target[i], text));
	return fclose(out) == 0 ? all : NULL;
}

static void free_route(struct uh_idle_route *route)
{
	free(route->destination);
	free(route->targets);
	free(route->file);
}

void uh_idle_routes_add(struct uh_idle_routes *routes, const struct uh_route *route,
			bool disabled)
{
	struct uh_idle_route *list = uh_array_grow(routes->list, routes->count, sizeof(*list));
	struct uh_idle_route added = {strdup(route->text), targets_text(route),
				      strdup(route->file), route->line, disabled};

	if (list)
		routes->list = list;
	if (list && added.destination && added.targets && added.file) {
		list[routes->count++] = added;
		return;
	}
	free_route(&added);
	routes->failed = true;
}

/* Returns a new entry without a place in a map, or NULL. */
static struct entry *new_entry(const char *file, unsigned line, const char *destination)
{
	size_t size = strlen(file) + strlen(destination) + 16;
	struct entry *entry = calloc(1, sizeof(*entry) + size);

	if (entry)
		snprintf(entry->key, size, "%s:%u:%s", file, line, destination);
	return entry;
}

/* Makes a map of the table's routes. Returns false if memory ran out. */
static bool map_table(struct entry **map, const struct uh_table *table)
{
	for (uint32_t i = 0; i < uh_table_routes(table); i++) {
		const struct uh_table_route *route = uh_table_route(table, i);
		struct entry *entry = new_entry(uh_table_text(table, route->file), route->line,
						uh_table_text(table, route->text));

		if (!entry)
			return false;
		HASH_ADD_STR(*map, key, entry);
		if (!entry->hh.tbl) {
			free(entry);
			return false;
		}
	}
	return true;
}

/* Returns 1 if the route is in the map, 0 if not, -1 if memory ran out. */
static int is_mapped(struct entry *map, const struct uh_idle_route *route)
{
	struct entry *asked = new_entry(route->file, route->line, route->destination), *found;

	if (!asked)
		return -1;
	HASH_FIND_STR(map, asked->key, found);
	free(asked);
	return found != NULL;
}

bool uh_idle_routes_keep(struct uh_idle_routes *routes, const struct uh_table *table)
{
	struct entry *map = NULL;
	bool good = !routes->failed && map_table(&map, table);
	size_t kept = 0;

	for (size_t i = 0; i < routes->count; i++) {
		struct uh_idle_route route = routes->list[i];
		int mapped = good && !route.disabled ? is_mapped(map, &route) : 0;

		good = good && mapped >= 0;
		if (mapped > 0)
			free_route(&route);
		else
			routes->list[kept++] = route;
	}
	routes->count = kept;
	UH_HASH_FREE(map, free);
	return good;
}

void uh_idle_routes_free(struct uh_idle_routes *routes)
{
	for (size_t i = 0; i < routes->count; i++)
		free_route(&routes->list[i]);
	free(routes->list);
}

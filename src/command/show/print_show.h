/* SPDX-License-Identifier: MIT */
/* print_show.h: prints the routes, settings and files of a configuration. */
#ifndef UH_PRINT_SHOW_H
#define UH_PRINT_SHOW_H

#include "load/cache.h"
#include "idle_routes.h"
#include "setting_values.h"

/* The configuration to print. */
struct uh_shown {
	const struct uh_table *table;
	struct uh_setting_places places;
	struct uh_idle_routes idle;
	const char *cache; /* the path of the compiled form, or NULL if there can be none */
	enum uh_cache_state state;
	const char *off; /* the file that switches the routes off, or NULL */
};

/* Prints three tables for people. Returns false if memory ran out (reported). */
bool uh_show_tables(const struct uh_shown *shown, bool headings);

/* Prints JSON. Returns false if memory ran out (reported). */
bool uh_show_json(const struct uh_shown *shown);

/* Returns "read" or "missing" for a file of the configuration, or NULL for another source. */
const char *uh_source_state(const struct uh_table_source *source);

/* Returns "disabled" or "overridden". */
const char *uh_idle_state(const struct uh_idle_route *route);

/* Returns the text of a state of the compiled form: "fresh", "stale" and so on. */
const char *uh_cache_state_text(enum uh_cache_state state);

#endif

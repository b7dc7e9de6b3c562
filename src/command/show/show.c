/* SPDX-License-Identifier: MIT */
/* show.c: `unhairpin show`, which prints the configuration that is in force. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "command/cli/diag.h"
#include "command/cli/load_table.h"
#include "command/cli/map_option.h"
#include "command/cli/off_file.h"
#include "command/cli/options.h"
#include "print_show.h"

enum { SHOWN = 0, FAULTS = 1, FAILED = 2 };

struct options {
	struct uh_table_request source;
	char *file, *routes; /* owned */
	bool json, noheadings;
};

static bool take_option(int key, struct options *options)
{
	switch (key) {
	case 'c':
		return uh_table_request_file(&options->source, &options->file, optarg);
	case 'm':
		return uh_map_option_add(&options->routes, optarg, false);
	case UH_KEY_JSON:
		return options->json = true;
	default:
		return options->noheadings = true;
	}
}

/* Inline routes are never in a compiled form beside the configuration. */
static void examine_cache(const struct uh_table_request *source, struct uh_shown *shown,
			  char *path, size_t size)
{
	struct uh_origin origin;

	uh_table_request_origin(source, &origin);
	if (!origin.file || !uh_cache_path(origin.file, path, size))
		return;
	shown->cache = path;
	shown->state = uh_cache_verify(path, &origin);
}

static void note_place(void *context, const char *name, const char *file, unsigned line)
{
	struct uh_shown *shown = context;

	uh_setting_note_place(&shown->places, name, file, line);
}

static void note_route(void *context, const struct uh_route *route, bool disabled)
{
	struct uh_shown *shown = context;

	uh_idle_routes_add(&shown->idle, route, disabled);
}

static int show(struct options *options)
{
	struct uh_shown shown = {.table = NULL};
	struct uh_table_request *source = &options->source;
	char cache[PATH_MAX], off[PATH_MAX];
	int status = FAILED;

	if (!options->file && !uh_table_request_default(source))
		return FAILED;
	source->routes = options->routes;
	source->check_owner = true; /* a program would check the owner, too */
	source->setting = note_place;
	source->route = note_route;
	source->context = &shown;
	shown.table = uh_table_load(source);
	if (!shown.table && errno == EINVAL)
		status = FAULTS;
	if (shown.table && !uh_idle_routes_keep(&shown.idle, shown.table)) {
		uh_error("%s", strerror(ENOMEM));
	} else if (shown.table) {
		uh_note_missing(source);
		if (uh_routes_are_off(source->file, off))
			shown.off = off;
		examine_cache(source, &shown, cache, sizeof(cache));
		if (options->json ? uh_show_json(&shown)
				  : uh_show_tables(&shown, !options->noheadings))
			status = SHOWN;
	}
	uh_setting_places_free(&shown.places);
	uh_idle_routes_free(&shown.idle);
	return status;
}

int uh_command_show(const struct uh_command *command, int argc, char **argv)
{
	struct options options = {.json = false};
	int key, status = FAILED;

	if (!uh_map_option_begin(&options.routes))
		return FAILED;
	while ((key = uh_option_next(command, argc, argv)) > 0)
		if (!take_option(key, &options))
			goto out;
	if (key < 0)
		status = uh_option_status(command, key);
	else if (optind < argc)
		uh_usage_error(command, "unexpected '%s'; expected no argument", argv[optind]);
	else {
		uh_output_begin();
		status = uh_output_end(show(&options), FAILED);
	}
out:
	free(options.file);
	free(options.routes);
	return status;
}

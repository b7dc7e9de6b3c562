/* SPDX-License-Identifier: MIT */
/* diff.c: `unhairpin diff`, which compares what is in force with a candidate. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "command/cli/diag.h"
#include "command/cli/load_table.h"
#include "command/cli/off_file.h"
#include "command/cli/options.h"
#include "command/cli/with_option.h"
#include "load/cache.h"
#include "print_diff.h"

enum { SAME = 0, CHANGED = 1, TROUBLE = 2 };

/* The candidates belong to the new side; the old one can be standard input. */
struct options {
	struct uh_table_request source; /* what is in force */
	char *file;			/* owned */
	struct uh_with with[UH_SIDES];
	bool json, noheadings;
};

static bool take_option(int key, struct options *options)
{
	switch (key) {
	case 'c':
		return uh_table_request_file(&options->source, &options->file, optarg);
	case UH_KEY_WITH:
		return uh_with_add(&options->with[UH_NEW], optarg);
	case UH_KEY_JSON:
		return options->json = true;
	default:
		return options->noheadings = true;
	}
}

/*
 * Returns the table that programs use: the compiled form if it is fresh or if the configuration
 * has faults, else the configuration. NULL: there is neither (reported).
 */
static const struct uh_table *load_in_force(const struct uh_table_request *source)
{
	struct uh_cache cache = {.table = NULL};
	struct uh_table_request quiet = *source;
	const struct uh_table *table;
	struct uh_origin origin;
	char path[PATH_MAX];

	quiet.quiet = true;
	uh_note_if_off(source);
	uh_table_request_origin(source, &origin);
	if (origin.file && uh_cache_path(origin.file, path, sizeof(path)) &&
	    uh_cache_map(path, &origin, &cache) == UH_CACHE_FRESH)
		return cache.table;
	table = uh_table_load(cache.table ? &quiet : source);
	if (!table && cache.table)
		uh_error("note: %s has faults; compared with its last compiled form",
			 source->file);
	if (table)
		uh_note_missing(source);
	return table ? table : cache.table;
}

/* Loads a file that an operand names. The table lives until exit. */
static const struct uh_table *load_file(struct uh_with *with, const char *name)
{
	struct uh_table_request source = {.routes = getenv("UNHAIRPIN_ROUTES")};
	const struct uh_table *table = NULL;
	char *file = NULL;
	bool good;

	if (strcmp(name, "-") == 0)
		good = uh_with_standard_input(with, &source);
	else
		good = uh_table_request_file(&source, &file, name);
	if (good && uh_with_apply(with, &source))
		table = uh_table_load(&source);
	if (table && !uh_with_all_used(with, &source))
		table = NULL;
	free(file);
	return table;
}

/* Loads the configuration that is in force with the candidates in it. */
static const struct uh_table *load_candidates(struct options *options)
{
	struct uh_table_request source = options->source;
	const struct uh_table *table = NULL;

	if (uh_with_apply(&options->with[UH_NEW], &source))
		table = uh_table_load(&source);
	return table && uh_with_all_used(&options->with[UH_NEW], &source) ? table : NULL;
}

static int compare(const struct options *options, struct uh_diff *diff)
{
	bool good = uh_changes_find(diff->table, &diff->changes);
	int status = TROUBLE;

	if (!good)
		uh_error("%s", strerror(ENOMEM));
	else if (diff->changes.count == 0 && !uh_diff_has_settings(diff))
		status = SAME;
	else if (options->json ? uh_diff_print_json(diff)
			       : uh_diff_print_table(diff, !options->noheadings))
		status = CHANGED;
	uh_changes_free(&diff->changes);
	return status;
}

/* Loads both sides, and compares them. There are count operands. */
static int load_and_compare(struct options *options, char **name, int count)
{
	struct uh_table_request *source = &options->source;
	struct uh_diff diff = {.table = {NULL, NULL}};

	source->routes = getenv("UNHAIRPIN_ROUTES");
	source->check_owner = true; /* a program would check the owner, too */
	if (count < 2 && !options->file && !uh_table_request_default(source))
		return TROUBLE;
	diff.table[UH_OLD] =
	    count == 2 ? load_file(&options->with[UH_OLD], name[0]) : load_in_force(source);
	if (!diff.table[UH_OLD])
		return TROUBLE;
	diff.table[UH_NEW] = count ? load_file(&options->with[UH_NEW], name[count - 1])
				   : load_candidates(options);
	return diff.table[UH_NEW] ? compare(options, &diff) : TROUBLE;
}

int uh_command_diff(const struct uh_command *command, int argc, char **argv)
{
	struct options options = {.json = false};
	int key, count, status = TROUBLE;

	while ((key = uh_option_next(command, argc, argv)) > 0)
		if (!take_option(key, &options))
			goto out;
	count = argc - optind;
	if (key < 0)
		status = uh_option_status(command, key);
	else if (count == 0 && options.with[UH_NEW].list.count == 0)
		uh_usage_error(command, "expected a candidate: FILE, or --with=FILE=PATH");
	else if (count > 2)
		uh_usage_error(command, "unexpected '%s'; expected one or two files",
			       argv[optind + 2]);
	else {
		uh_output_begin();
		status =
		    uh_output_end(load_and_compare(&options, argv + optind, count), TROUBLE);
	}
out:
	uh_with_free(&options.with[UH_OLD]);
	uh_with_free(&options.with[UH_NEW]);
	free(options.file);
	return status;
}

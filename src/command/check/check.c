/* SPDX-License-Identifier: MIT */
/* check.c: `unhairpin check [FILE | -]...`, which reports every fault of configurations. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "command/cli/options.h"
#include "command/cli/diag.h"
#include "command/cli/install_paths.h"
#include "command/inspect/readable.h"
#include "socket_dir_perms.h"
#include "stand_in_networks.h"
#include "command/cli/load_table.h"
#include "command/cli/off_file.h"
#include "command/cli/json.h"
#include "command/cli/with_option.h"
#include "command/doctor/variables.h"
#include "load/cache.h"
#include "table/table.h"
#include "command/cli/print_fault.h"

enum { GOOD = 0, FAULTS = 1, CANNOT_TELL = 2 };

struct options {
	bool json, strict;
	struct uh_with with;
	struct uh_array files; /* const char *: of -c, then the operands */
};

/*
 * Programs accept only a file of a trusted owner. A file named on the command line may be a
 * draft in a home directory, so its owner is a warning and no error.
 */
static void warn_of_owner(const struct uh_table_request *source)
{
	struct uh_table_request again = *source;

	if (source->check_owner)
		return;
	again.check_owner = true;
	again.warn_only = true;
	uh_table_load(&again);
}

static void warn_of_mode(const char *path, const char *text)
{
	uh_print_fault(true, path, 0, text);
}

/* A draft has the mode that its editor gave it, and gets another one when it is installed. */
static void warn_of_unreadable(const struct uh_table_request *source,
			       const struct uh_table *table)
{
	if (source->check_owner && source->file)
		uh_readable_by_all(source, table, warn_of_mode);
}

/* Prints the verdict on a configuration without errors. warnings is how many were printed. */
static int conclude(const struct options *options, const struct uh_table_request *source,
		    const struct uh_table *table, unsigned warnings)
{
	unsigned routes = uh_table_routes(table);
	char text[64];

	if (options->strict && warnings) {
		snprintf(text, sizeof(text),
			 "%u warning%s, and --strict takes warnings for faults", warnings,
			 warnings == 1 ? "" : "s");
		uh_print_fault(false, source->shown, 0, text);
		return FAULTS;
	}
	snprintf(text, sizeof(text), "%u route%s", routes, routes == 1 ? "" : "s");
	if (options->json && !uh_json_print_finding(stdout, "ok", source->shown, 0, text))
		return CANNOT_TELL;
	if (!options->json)
		printf("%s: OK: %s\n", source->shown, text);
	return GOOD;
}

static int check(struct options *options, struct uh_table_request *source)
{
	unsigned before = uh_warnings_printed();
	const struct uh_table *table;
	char cache[PATH_MAX];

	if (!uh_with_apply(&options->with, source))
		return CANNOT_TELL;
	uh_note_if_off(source);
	table = uh_table_load(source);
	if (!table)
		return errno == EINVAL ? FAULTS : CANNOT_TELL;
	if (!uh_with_all_used(&options->with, source))
		return FAULTS;
	uh_variables_warn();
	warn_of_owner(source);
	warn_of_unreadable(source, table);
	uh_warn_of_exposed(source, table);
	uh_warn_of_stand_ins(source, table);
	if (uh_cache_beside_is_damaged(source, cache, sizeof(cache))) {
		uh_print_fault(false, cache, 0,
			       "damaged or of another version; run 'unhairpin compile'");
		return FAULTS;
	}
	return conclude(options, source, table, uh_warnings_printed() - before);
}

/*
 * Checks the file that programs would read, or UNHAIRPIN_ROUTES alone if there is no such file.
 */
static int check_default(struct options *options, struct uh_table_request *source)
{
	if (!uh_table_request_default(source))
		return FAULTS;
	source->shown = source->file;
	source->check_owner = true;
	if (source->optional && source->routes && access(source->file, F_OK) != 0) {
		uh_note_missing(source);
		source->file = NULL;
		source->shown = "UNHAIRPIN_ROUTES";
	}
	source->optional = false;
	return check(options, source);
}

static int check_file(struct options *options, struct uh_table_request source, const char *name)
{
	char *file = NULL;
	int status = CANNOT_TELL;

	if (strcmp(name, "-") == 0)
		return uh_with_standard_input(&options->with, &source) ? check(options, &source)
								       : CANNOT_TELL;
	if (uh_table_request_file(&source, &file, name)) {
		source.check_owner = strcmp(file, UH_DEFAULT_CONF) == 0;
		status = check(options, &source);
	}
	free(file);
	return status;
}

/* Checks each file as a main file. The status is the worst one. */
static int check_all(struct options *options)
{
	struct uh_table_request source = {.routes = getenv("UNHAIRPIN_ROUTES")};
	const char **name = options->files.items;
	int worst = GOOD;

	if (options->files.count == 0)
		return check_default(options, &source);
	for (size_t i = 0; i < options->files.count; i++) {
		int status = check_file(options, source, name[i]);

		worst = status > worst ? status : worst;
	}
	return worst;
}

static bool add_file(struct options *options, const char *name)
{
	const char **added = uh_array_add(&options->files, 1, sizeof(*added));

	if (added)
		*added = name;
	else
		uh_error("%s", strerror(errno));
	return added;
}

static bool take_option(int key, struct options *options)
{
	switch (key) {
	case 'c':
		return add_file(options, optarg);
	case UH_KEY_WITH:
		return uh_with_add(&options->with, optarg);
	case UH_KEY_STRICT:
		return options->strict = true;
	case UH_KEY_JSON:
		return options->json = true;
	default:
		return true; /* --noheadings: there are no headings */
	}
}

/* Options are accepted behind operands, too. Returns false with the exit status. */
static bool read_options(const struct uh_command *command, int argc, char **argv,
			 struct options *options, int *status)
{
	int key;

	do {
		while ((key = uh_option_next(command, argc, argv)) > 0)
			if (!take_option(key, options))
				return false;
		if (key < 0) {
			*status = uh_option_status(command, key);
			return false;
		}
		if (optind < argc && !add_file(options, argv[optind]))
			return false;
	} while (optind++ < argc);
	return true;
}

int uh_command_check(const struct uh_command *command, int argc, char **argv)
{
	struct options options = {.json = false};
	int status = CANNOT_TELL;

	if (read_options(command, argc, argv, &options, &status)) {
		uh_output_begin();
		if (options.json)
			uh_print_faults_as_json();
		status = uh_output_end(check_all(&options), CANNOT_TELL);
	}
	uh_with_free(&options.with);
	free(options.files.items);
	return status;
}

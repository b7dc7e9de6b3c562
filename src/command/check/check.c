/* SPDX-License-Identifier: MIT */
/* check.c: `unhairpin check [FILE]`, which reports every fault of a configuration. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/cli/options.h"
#include "command/cli/diag.h"
#include "command/cli/install_paths.h"
#include "socket_dir_perms.h"
#include "stand_in_networks.h"
#include "command/cli/load_table.h"
#include "command/cli/off_file.h"
#include "command/cli/json.h"
#include "command/doctor/variables.h"
#include "load/cache.h"
#include "table/table.h"
#include "command/cli/print_fault.h"

enum { GOOD = 0, FAULTS = 1, CANNOT_TELL = 2 };

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

static int check(const struct uh_table_request *source, bool json)
{
	const struct uh_table *table;
	char cache[PATH_MAX], routes[32];

	uh_note_if_off(source);
	table = uh_table_load(source);
	if (!table)
		return errno == EINVAL ? FAULTS : CANNOT_TELL;
	uh_variables_warn();
	warn_of_owner(source);
	uh_warn_of_exposed(source, table);
	uh_warn_of_stand_ins(source, table);
	if (uh_cache_beside_is_damaged(source, cache, sizeof(cache))) {
		uh_print_fault(false, cache, 0,
			       "damaged or of another version; run 'unhairpin compile'");
		return FAULTS;
	}
	snprintf(routes, sizeof(routes), "%u route%s", uh_table_routes(table),
		 uh_table_routes(table) == 1 ? "" : "s");
	if (json && !uh_json_print_finding(stdout, "ok", source->shown, 0, routes))
		return CANNOT_TELL;
	if (!json)
		printf("%s: OK: %s\n", source->shown, routes);
	return GOOD;
}

/*
 * Checks the file that programs would read, or UNHAIRPIN_ROUTES alone if there is no such file.
 */
static int check_default(struct uh_table_request *source, bool json)
{
	if (!uh_table_request_default(source))
		return FAULTS;
	source->shown = source->file;
	source->check_owner = true;
	if (source->optional && source->routes && access(source->file, F_OK) != 0) {
		source->file = NULL;
		source->shown = "UNHAIRPIN_ROUTES";
	}
	source->optional = false;
	return check(source, json);
}

static int check_file(struct uh_table_request *source, const char *name, bool json)
{
	char *file = uh_absolute_path(name);

	if (!file)
		return CANNOT_TELL;
	source->file = file;
	source->shown = name;
	source->check_owner = strcmp(file, UH_DEFAULT_CONF) == 0;
	int status = check(source, json);
	free(file);
	return status;
}

int uh_command_check(const struct uh_command *command, int argc, char **argv)
{
	struct uh_table_request source = {.routes = getenv("UNHAIRPIN_ROUTES")};
	bool json = false;
	int key, status;

	while ((key = uh_option_next(command, argc, argv)) > 0)
		json = json || key == UH_KEY_JSON; /* no headings to leave out */
	if (key < 0)
		return uh_option_status(command, key);
	if (argc - optind > 1)
		return uh_usage_error(command, "unexpected '%s'; expected one FILE",
				      argv[optind + 1]);
	uh_output_begin();
	if (json)
		uh_print_faults_as_json();
	if (optind < argc)
		status = check_file(&source, argv[optind], json);
	else
		status = check_default(&source, json);
	return uh_output_end(status, CANNOT_TELL);
}

/* SPDX-License-Identifier: MIT */
/* hosts.c: `unhairpin hosts`, which prints the routes by name as lines for /etc/hosts. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/cli/diag.h"
#include "command/cli/load_table.h"
#include "command/cli/map_option.h"
#include "command/cli/options.h"
#include "print_hosts.h"

enum { ALL_PRINTED = 0, SOME_LEFT_OUT = 1, FAILED = 2 };

struct options {
	struct uh_table_request source;
	char *file, *routes; /* owned */
	bool json, no_comments;
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
		return options->no_comments = true;
	}
}

/* The default file is not named if it does not exist. */
static void print_head(const struct options *options)
{
	const struct uh_table_request *source = &options->source;
	bool is_read = !source->optional || access(source->file, F_OK) == 0;

	uh_print_hosts_head(is_read || !options->routes ? source->file : NULL, options->routes);
}

static int print(const struct options *options, const struct uh_table *table)
{
	size_t count;
	struct uh_host_line *line = uh_host_lines_make(table, &count);
	int status = ALL_PRINTED;

	if (!line) {
		uh_error("%s", strerror(errno));
		return FAILED;
	}
	if (!options->json && !options->no_comments)
		print_head(options);
	for (size_t i = 0; i < count && status != FAILED; i++) {
		if (line[i].fault == UH_HOST_CONDITIONS)
			status = SOME_LEFT_OUT;
		if (!options->json)
			uh_print_host_line(table, &line[i], !options->no_comments);
		else if (!uh_print_host_line_json(&line[i]))
			status = FAILED;
	}
	free(line);
	return status;
}

static int load_and_print(struct options *options)
{
	const struct uh_table *table;

	if (!options->file && !uh_table_request_default(&options->source))
		return FAILED;
	options->source.routes = options->routes;
	options->source.check_owner = true; /* a program would check the owner, too */
	table = uh_table_load(&options->source);
	return table ? print(options, table) : FAILED;
}

int uh_command_hosts(const struct uh_command *command, int argc, char **argv)
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
		status = uh_output_end(load_and_print(&options), FAILED);
	}
out:
	free(options.file);
	free(options.routes);
	return status;
}

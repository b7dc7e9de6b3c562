/* SPDX-License-Identifier: MIT */
/* kernel.c: `unhairpin kernel`, the routes in cgroup BPF programs. */
#include "kernel.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/cli/diag.h"
#include "command/cli/map_option.h"
#include "command/cli/off_file.h"
#include "command/cli/options.h"
#include "kernel_check.h"

#define ACTIONS "check, enable, status, reload or disable"

struct options {
	struct uh_table_request source;
	char *file, *routes; /* owned */
	const char *action, *cgroup;
	bool has_source; /* -c or -m is given */
	bool json, noheadings;
};

static bool take_option(int key, struct options *options)
{
	options->has_source |= key == 'c' || key == 'm';
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

static bool is_any(const char *action, const char *first, const char *second)
{
	return strcmp(action, first) == 0 || strcmp(action, second) == 0;
}

/* Text that would name the root of the cgroups by mistake: an unset variable, ".", "..". */
static bool is_vague(const char *cgroup)
{
	return *cgroup != '/' && cgroup[strspn(cgroup, "./")] == '\0';
}

/* Returns false after an operand that does not belong there (reported). */
static bool take_operand(const struct uh_command *command, char *operand,
			 struct options *options)
{
	if (!options->action) {
		options->action = operand;
		return true;
	}
	if (is_any(options->action, "check", "status")) {
		uh_usage_error(command, "unexpected '%s': %s takes no unit or cgroup", operand,
			       options->action);
		return false;
	}
	if (options->cgroup) {
		uh_usage_error(command, "unexpected '%s'", operand);
		return false;
	}
	if (is_vague(operand)) {
		uh_usage_error(command,
			       "'%s': expected the name of a unit or the path of a cgroup; '/' "
			       "is the whole machine",
			       operand);
		return false;
	}
	options->cgroup = operand;
	return true;
}

/* Completes the source of the routes. Returns false on failure (reported). */
static bool set_source(struct options *options)
{
	options->source.routes = options->routes;
	options->source.check_owner = true; /* a program would check the owner, too */
	return options->file || uh_table_request_default(&options->source);
}

/* True, and reported, if there is neither a configuration nor a route to put into the kernel.
 */
static bool is_missing(const struct uh_table_request *source)
{
	if (!source->optional || source->routes || access(source->file, F_OK) == 0)
		return false;
	uh_error("no configuration at %s", source->file);
	return true;
}

static int exit_status(bool good)
{
	return good ? UH_KERNEL_DONE : UH_KERNEL_FAILED;
}

static int check(struct options *options)
{
	const struct uh_table *table =
	    set_source(options) ? uh_table_load(&options->source) : NULL;

	return table ? uh_kernel_check(table, options->json, !options->noheadings)
		     : UH_KERNEL_WRONG_USE;
}

/* The actions that read routes. */
static int act_with_routes(struct options *options)
{
	const char *action = options->action;
	bool is_again = strcmp(action, "reload") == 0 && !options->has_source;

	if (strcmp(action, "check") == 0)
		return check(options);
	if (!is_again && !set_source(options))
		return UH_KERNEL_FAILED;
	if (strcmp(action, "enable") == 0)
		return exit_status(!is_missing(&options->source) &&
				   uh_kernel_enable(options->cgroup, &options->source));
	return exit_status(
	    uh_kernel_reload(options->cgroup, is_again ? NULL : &options->source));
}

static int act(const struct uh_command *command, struct options *options)
{
	static const char *const names[] = {"check",  "enable",	 "status",
					    "reload", "disable", NULL};
	const char *action = options->action;

	if (uh_option_choice(command, "", action, names) < 0)
		return command->usage_status;
	if (is_any(action, "check", "enable") || strcmp(action, "reload") == 0)
		return act_with_routes(options);
	if (options->has_source)
		return uh_usage_error(command, "%s takes no -c or -m", action);
	if (strcmp(action, "status") == 0) {
		if (uh_table_request_default(&options->source))
			uh_note_if_off(&options->source);
		return uh_kernel_status(options->json, !options->noheadings);
	}
	return exit_status(uh_kernel_disable(options->cgroup));
}

/* Options are accepted before and after the action. */
int uh_command_kernel(const struct uh_command *command, int argc, char **argv)
{
	struct options options = {.json = false};
	int key, status = UH_KERNEL_WRONG_USE;

	if (!uh_map_option_begin(&options.routes))
		return UH_KERNEL_FAILED;
	do {
		while ((key = uh_option_next(command, argc, argv)) > 0)
			if (!take_option(key, &options))
				goto out;
		if (key < 0) {
			status = uh_option_status(command, key);
			goto out;
		}
		if (optind < argc && !take_operand(command, argv[optind++], &options))
			goto out;
	} while (optind < argc);
	uh_output_begin();
	if (options.action)
		status = uh_output_end(act(command, &options), UH_KERNEL_WRONG_USE);
	else
		status = uh_usage_error(command, "expected " ACTIONS);
out:
	free(options.file);
	free(options.routes);
	return status;
}

/* SPDX-License-Identifier: MIT */
/* help_subcommand.c: `unhairpin help [SUBCOMMAND]`, which prints what --help prints. */
#include <getopt.h>

#include "command/cli/diag.h"
#include "command/cli/help.h"
#include "command/commands.h"

int uh_command_help(const struct uh_command *command, int argc, char **argv)
{
	const struct uh_command *about = &uh_no_command;
	int key = uh_option_next(command, argc, argv);

	if (key != UH_OPTIONS_END)
		return uh_option_status(command, key);
	if (argc - optind > 1)
		return uh_usage_error(command, "unexpected '%s'; expected one SUBCOMMAND",
				      argv[optind + 1]);
	if (optind < argc)
		about = uh_command_find(argv[optind]);
	if (!about)
		return command->usage_status;
	uh_output_begin();
	uh_print_help(about);
	return uh_output_end(0, command->usage_status);
}

/* SPDX-License-Identifier: MIT */
/* main.c: the entry point of `unhairpin`: finds the subcommand and runs it. */
#include <getopt.h>
#include <string.h>

#include "command/canary/canary.h"
#include "command/cli/options.h"
#include "command/commands.h"
#include "command/doctor/variables.h"

int main(int argc, char **argv)
{
	const struct uh_command *command;
	int key;

	if (argc > 0 && strcmp(argv[0], UH_CANARY_NAME) == 0)
		return uh_canary_main(argc, argv);
	uh_variables_clean();
	if (argc > 1 && argv[1][0] == '-') {
		key = uh_option_next(&uh_no_command, argc, argv);
		if (key != UH_OPTIONS_END)
			return uh_option_status(&uh_no_command, key);
		argc -= optind - 1;
		argv += optind - 1;
		optind = 1;
	}
	if (argc < 2)
		return uh_usage_error(&uh_no_command, "expected a subcommand");
	command = uh_command_find(argv[1]);
	return command ? command->run(command, argc - 1, argv + 1) : uh_no_command.usage_status;
}

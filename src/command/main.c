/* SPDX-License-Identifier: MIT */
/* main.c: the entry point of `unhairpin`: finds the subcommand and runs it. */
#include <stddef.h>
#include <string.h>

#include "command/canary/canary.h"
#include "command/cli/options.h"
#include "command/cli/typo.h"
#include "command/commands.h"
#include "command/doctor/variables.h"

#define USAGE_ERROR 2

/* unhairpin without a subcommand: it has the common options alone. */
static const struct uh_option no_options[] = {{0, NULL, NULL, NULL}};

static const struct uh_command no_command = {
    .usage_status = USAGE_ERROR,
    .options = no_options,
    .subcommands = uh_commands,
};

static int unknown_command(const char *name)
{
	const char *near = uh_typo_guess(name, uh_commands, sizeof(uh_commands[0]),
					 offsetof(struct uh_command, name));

	if (near)
		return uh_usage_error(
		    &no_command, "unknown subcommand '%s'; did you mean '%s'?", name, near);
	return uh_usage_error(&no_command, "unknown subcommand '%s'", name);
}

int main(int argc, char **argv)
{
	int key;

	if (argc > 0 && strcmp(argv[0], UH_CANARY_NAME) == 0)
		return uh_canary_main(argc, argv);
	uh_variables_clean();
	if (argc > 1 && argv[1][0] == '-') {
		key = uh_option_next(&no_command, argc, argv);
		if (key != UH_OPTIONS_END)
			return uh_option_status(&no_command, key);
		argc = 1; /* "--" alone: no subcommand follows */
	}
	if (argc < 2)
		return uh_usage_error(&no_command, "expected a subcommand");
	for (const struct uh_command *command = uh_commands; command->name; command++)
		if (strcmp(command->name, argv[1]) == 0)
			return command->run(command, argc - 1, argv + 1);
	return unknown_command(argv[1]);
}

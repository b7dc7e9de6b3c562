/* SPDX-License-Identifier: MIT */
/* help.c: prints the help and the version. */
#include "help.h"

#include <stdio.h>
#include <string.h>

#include "options.h"

#define COLUMN 26 /* width of the names, before the explanations */

const struct uh_option uh_common_options[] = {
    {UH_KEY_COLOUR, "color", "WHEN",
     "use colours: auto (on a terminal; the default), always, never"},
    {UH_KEY_HELP, "help", NULL, "print this help"},
    {UH_KEY_VERSION, "version", NULL, "print the version"},
    {0, NULL, NULL, NULL},
};

static void print_option(const struct uh_option *option)
{
	char left[64];
	char letter[5] = "    ";

	if (option->key < UH_KEY_COLOUR)
		snprintf(letter, sizeof(letter), "-%c, ", option->key);
	snprintf(left, sizeof(left), "%s--%s%s%s", letter, option->name,
		 option->argument ? "=" : "", option->argument ? option->argument : "");
	printf("  %-*s %s\n", COLUMN, left, option->help);
}

static void print_options(const struct uh_command *command)
{
	for (const struct uh_option *option = command->options; option->name; option++)
		print_option(option);
	for (const struct uh_option *option = uh_common_options; option->name; option++)
		print_option(option);
}

static void print_subcommands(const struct uh_command *command)
{
	printf("Usage: unhairpin SUBCOMMAND [OPTION]... [ARGUMENT]...\n"
	       "Keeps connections to your own public addresses on the host or the local "
	       "network.\n\n");
	for (const struct uh_command *row = command->subcommands; row->name; row++)
		printf("  %-*s %s\n", COLUMN, row->name, row->help);
	printf("\n");
	print_options(command);
	printf("\n'unhairpin SUBCOMMAND --help' lists the options. See unhairpin(1).\n");
}

/* Prints a line for each line of the usage. */
static void print_usage(const struct uh_command *command)
{
	const char *line = command->usage, *head = "Usage:";

	for (size_t length; *line; line += length + (line[length] == '\n'), head = "      ") {
		length = strcspn(line, "\n");
		printf("%s unhairpin %s %.*s\n", head, command->name, (int)length, line);
	}
}

void uh_print_help(const struct uh_command *command)
{
	if (!command->name) {
		print_subcommands(command);
		return;
	}
	print_usage(command);
	printf("unhairpin %s: %s\n\n", command->name, command->help);
	print_options(command);
	printf("\nSee unhairpin(1) and unhairpin.conf(5).\n");
}

void uh_print_version(void)
{
	printf("unhairpin %s\n", UH_VERSION);
}

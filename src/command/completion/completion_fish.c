/* SPDX-License-Identifier: MIT */
/* completion_fish.c: the completion script for fish. */
#include <stdio.h>

#include "command/cli/command.h"
#include "completion.h"

/* In single quotes, where only these two need a backslash. */
static void print_quoted(const char *text)
{
	putchar('\'');
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
	putchar('\'');
}

static void print_choice(enum uh_choice choice, const char *words)
{
	static const char *const how[] = {
	    [UH_ANYTHING] = "",
	    [UH_FILES] = " -F",
	    [UH_DIRECTORIES] = " -a '(__fish_complete_directories)'",
	    [UH_USERS] = " -a '(__fish_complete_users)'",
	    [UH_COMMANDS] = " -a '(__fish_complete_command)'",
	};

	if (choice == UH_WORDS)
		printf(" -a '%s'", words);
	else
		printf("%s", how[choice]);
}

static void print_option(const char *condition, const struct uh_option *option)
{
	char words[256];

	printf("complete -c unhairpin -n '%s'", condition);
	if (option->key < 256)
		printf(" -s %c", option->key);
	printf(" -l %s -d ", option->name);
	print_quoted(option->help);
	if (option->argument) {
		printf(" -r");
		print_choice(uh_choice_of(option->argument, words), words);
	}
	printf("\n");
}

static void print_command(const struct uh_command *command)
{
	char condition[128], words[256];
	enum uh_choice choice = uh_choice_of(command->usage, words);

	printf("\ncomplete -c unhairpin -n __fish_use_subcommand -a %s -d ", command->name);
	print_quoted(command->help);
	printf("\n");
	snprintf(condition, sizeof(condition), "__fish_seen_subcommand_from %s", command->name);
	for (const struct uh_option *option = command->options; option->name; option++)
		print_option(condition, option);
	for (const struct uh_option *option = uh_common_options; option->name; option++)
		print_option(condition, option);
	if (choice == UH_ANYTHING)
		return;
	printf("complete -c unhairpin -n '%s'", condition);
	print_choice(choice, words);
	printf("\n");
}

void uh_complete_fish(void)
{
	printf("# fish completion for unhairpin, made by 'unhairpin completion fish'\n\n"
	       "complete -c unhairpin -f\n");
	for (const struct uh_option *option = uh_common_options; option->name; option++)
		print_option("__fish_use_subcommand", option);
	for (const struct uh_command *command = uh_commands; command->name; command++)
		print_command(command);
}

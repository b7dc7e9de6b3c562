/* SPDX-License-Identifier: MIT */
/* completion.c: `unhairpin completion`, which prints what shells complete this command by. */
#include "completion.h"

#include <getopt.h>
#include <string.h>

#include "command/cli/command.h"

enum { WORDS_SIZE = 256, WRONG_USE = 2 };

#define LOWER "abcdefghijklmnopqrstuvwxyz"

static const struct {
	const char *beginning;
	enum uh_choice choice;
} known[] = {
    {"FILE", UH_FILES},	     {"PATH", UH_FILES}, {"TRACE", UH_FILES},
    {"DIR", UH_DIRECTORIES}, {"USER", UH_USERS}, {"COMMAND", UH_COMMANDS},
};

static bool is_list_of_words(const char *text)
{
	return strchr(text, '|') && text[strspn(text, LOWER "|")] == '\0';
}

enum uh_choice uh_choice_of(const char *argument, char *words)
{
	const char *last = argument ? strrchr(argument, ' ') : NULL;

	if (!argument)
		return UH_ANYTHING;
	/* Of "[--] COMMAND [ARG]...", the command. */
	if (strstr(argument, "COMMAND"))
		return UH_COMMANDS;
	argument = last ? last + 1 : argument;
	argument += *argument == '[';
	if (is_list_of_words(argument)) {
		*words = '\0';
		strncat(words, argument, WORDS_SIZE - 1);
		for (char *bar = words; (bar = strchr(bar, '|'));)
			*bar = ' ';
		return UH_WORDS;
	}
	if (strncmp(argument, "LEVEL", 5) == 0) {
		strcpy(words, "off error warning info debug");
		return UH_WORDS;
	}
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strncmp(argument, known[i].beginning, strlen(known[i].beginning)) == 0)
			return known[i].choice;
	return UH_ANYTHING;
}

int uh_command_completion(const struct uh_command *command, int argc, char **argv)
{
	static const struct {
		const char *shell;
		void (*complete)(void);
	} shells[] = {
	    {"bash", uh_complete_bash},
	    {"zsh", uh_complete_zsh},
	    {"fish", uh_complete_fish},
	};
	int key = uh_option_next(command, argc, argv);

	if (key != UH_OPTIONS_END)
		return uh_option_status(command, key);
	if (argc - optind != 1)
		return uh_usage_error(command, "expected one of bash, zsh and fish");
	for (size_t i = 0; i < sizeof(shells) / sizeof(*shells); i++) {
		if (strcmp(argv[optind], shells[i].shell) != 0)
			continue;
		uh_output_begin();
		shells[i].complete();
		return uh_output_end(0, WRONG_USE);
	}
	return uh_usage_error(command, "'%s': expected bash, zsh or fish", argv[optind]);
}

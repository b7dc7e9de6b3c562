/* SPDX-License-Identifier: MIT */
/*
 * options.c: parses the options of a subcommand with getopt_long(3), from its row of the table.
 */
#include "options.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "colour.h"
#include "help.h"
#include "base/typo.h"
#include "diag.h"

#define MOST_OPTIONS 32 /* with the common ones and the end of the list */

/*
 * The options in the form of getopt_long(3). letters begins with "+:": the first operand ends
 * the options, and getopt prints nothing.
 */
struct forms {
	struct option list[MOST_OPTIONS];
	char letters[2 * MOST_OPTIONS + 3];
	size_t count, length;
};

static void add_form(struct forms *forms, const struct uh_option *option)
{
	forms->list[forms->count++] =
	    (struct option){option->name, option->argument ? required_argument : no_argument,
			    NULL, option->key};
	if (option->key >= UH_KEY_COLOUR)
		return;
	forms->letters[forms->length++] = (char)option->key;
	if (option->argument)
		forms->letters[forms->length++] = ':';
}

static void make_forms(struct forms *forms, const struct uh_option *options)
{
	*forms = (struct forms){.letters = "+:", .length = 2};
	for (; options->name; options++)
		add_form(forms, options);
	for (options = uh_common_options; options->name; options++)
		add_form(forms, options);
}

/*
 * getopt_long(3) sets optopt to the letter of a bad short option; to 0 or the key for a long
 * one.
 */
static void report_unknown(const struct uh_command *command, const struct forms *forms,
			   const char *word)
{
	char name[64];
	const char *near;

	if (strncmp(word, "--", 2) != 0) {
		uh_usage_error(command, "unknown option '-%c'", optopt);
		return;
	}
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
	near = uh_typo_guess(name, forms->list, sizeof(forms->list[0]),
			     offsetof(struct option, name));
	if (near)
		uh_usage_error(command, "unknown option '%s'; did you mean '--%s'?", word,
			       near);
	else
		uh_usage_error(command, "unknown option '%s'", word);
}

static int common_option(const struct uh_command *command, int key)
{
	uh_output_begin();
	if (key == UH_KEY_VERSION)
		uh_print_version();
	else
		uh_print_help(command);
	return UH_OPTIONS_HELP;
}

/* Writes "A, B or C" into text of size bytes. */
static void list_names(const char *const *names, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; names[i] && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
					 i == 0		? ""
					 : names[i + 1] ? ", "
							: " or ",
					 names[i]);
}

int uh_option_choice(const struct uh_command *command, const char *option, const char *word,
		     const char *const *names)
{
	const char *near = uh_typo_guess(word, names, sizeof(*names), 0);
	const char *quote = *option ? "" : "'";
	char expected[128];

	for (int i = 0; names[i]; i++)
		if (strcmp(names[i], word) == 0)
			return i;
	list_names(names, expected, sizeof(expected));
	if (near)
		uh_usage_error(command, "%s%s%s%s: expected %s; did you mean '%s'?", option,
			       quote, word, quote, expected, near);
	else
		uh_usage_error(command, "%s%s%s%s: expected %s", option, quote, word, quote,
			       expected);
	return -1;
}

static bool take_colour(const struct uh_command *command)
{
	int colours = uh_option_choice(command, "--color=", optarg, uh_colour_names);

	if (colours >= 0)
		uh_colours_set((enum uh_colours)colours);
	return colours >= 0;
}

int uh_option_next(const struct uh_command *command, int argc, char **argv)
{
	struct forms forms;
	int at, key;

	make_forms(&forms, command->options);
	do {
		at = optind;
		key = getopt_long(argc, argv, forms.letters, forms.list, NULL);
		if (key == UH_KEY_COLOUR && !take_colour(command))
			return UH_OPTIONS_BAD;
	} while (key == UH_KEY_COLOUR);
	switch (key) {
	case -1:
		return UH_OPTIONS_END;
	case UH_KEY_HELP:
	case UH_KEY_VERSION:
		return common_option(command, key);
	case ':':
		uh_usage_error(command, "option '%s' needs an argument", argv[at]);
		return UH_OPTIONS_BAD;
	case '?':
		report_unknown(command, &forms, argv[at]);
		return UH_OPTIONS_BAD;
	default:
		return key;
	}
}

int uh_usage_error(const struct uh_command *command, const char *format, ...)
{
	va_list arguments;
	const char *blank = command->name ? " " : "",
		   *name = command->name ? command->name : "";

	va_start(arguments, format);
	uh_error_list(name, format, arguments);
	va_end(arguments);
	uh_error("try 'unhairpin%s%s --help'", blank, name);
	return command->usage_status;
}

int uh_option_status(const struct uh_command *command, int key)
{
	if (key == UH_OPTIONS_HELP)
		return uh_output_end(0, command->usage_status);
	return command->usage_status;
}

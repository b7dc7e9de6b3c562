/* SPDX-License-Identifier: MIT */
/*
 * options.c: parses the options of a subcommand with getopt_long(3), from its row of the table.
 */
#include "options.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "help.h"
#include "typo.h"
#include "diag.h"

#define MOST_OPTIONS 16

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
	if (option->key > 255)
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

int uh_option_next(const struct uh_command *command, int argc, char **argv)
{
	struct forms forms;
	int at = optind;

	make_forms(&forms, command->options);
	int key = getopt_long(argc, argv, forms.letters, forms.list, NULL);

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

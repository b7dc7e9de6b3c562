/* SPDX-License-Identifier: MIT */
/* completion_bash.c: the completion script for bash. */
#include <stdio.h>

#include "command/cli/command.h"
#include "completion.h"

/* The words that an option is called by, with separator between. */
static void print_names(const struct uh_option *option, const char *before,
			const char *separator)
{
	if (option->key < 256)
		printf("%s-%c%s", before, option->key, separator);
	printf("%s--%s", before, option->name);
}

static void print_all_names(const struct uh_option *options)
{
	for (; options->name; options++) {
		print_names(options, "", " ");
		printf(" ");
	}
}

/* How compgen(1) finds what can stand there; "" for nothing that's known. */
static void print_choice(enum uh_choice choice, const char *words)
{
	static const char *const action[] = {[UH_FILES] = "-f",
					     [UH_DIRECTORIES] = "-d",
					     [UH_USERS] = "-u",
					     [UH_COMMANDS] = "-c"};

	if (choice == UH_WORDS)
		printf("_unhairpin_reply -W '%s'", words);
	else if (choice != UH_ANYTHING)
		printf("_unhairpin_reply %s", action[choice]);
	else
		printf(":");
}

static void print_arguments(const struct uh_command *command)
{
	char prefix[64], words[256];

	snprintf(prefix, sizeof(prefix), "%s:", command->name);
	for (const struct uh_option *option = command->options; option->name; option++) {
		if (!option->argument)
			continue;
		printf("\t");
		print_names(option, prefix, " | ");
		printf(") ");
		print_choice(uh_choice_of(option->argument, words), words);
		printf("; return ;;\n");
	}
}

/* Options whose argument is a word of its own: what follows them is no operand. */
static void print_skips(const struct uh_command *command)
{
	char prefix[64];

	snprintf(prefix, sizeof(prefix), "%s:", command->name);
	for (const struct uh_option *option = command->options; option->name; option++) {
		if (!option->argument)
			continue;
		printf("\t\t");
		print_names(option, prefix, " | ");
		printf(") i=$((i + 1)) ;;\n");
	}
}

static void print_operands(const struct uh_command *command)
{
	char words[256];

	printf("\t%s:-*) _unhairpin_reply -W '", command->name);
	print_all_names(command->options);
	print_all_names(uh_common_options);
	printf("' ;;\n\t%s:*) ", command->name);
	print_choice(uh_choice_of(command->usage, words), words);
	printf(" ;;\n");
}

static void each_command(void (*print)(const struct uh_command *command))
{
	for (const struct uh_command *command = uh_commands; command->name; command++)
		print(command);
}

static void print_command_names(void)
{
	for (const struct uh_command *command = uh_commands; command->name; command++)
		printf("%s ", command->name);
	print_all_names(uh_common_options);
}

void uh_complete_bash(void)
{
	printf("# bash completion for unhairpin, made by 'unhairpin completion bash'\n\n"
	       "_unhairpin_reply() {\n"
	       "\tmapfile -t COMPREPLY < <(compgen \"$@\" -- \"$cur\")\n"
	       "\t[[ $1 != -[fd] ]] || compopt -o filenames 2>/dev/null\n"
	       "}\n\n"
	       "_unhairpin() {\n"
	       "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} i\n\n"
	       "\tCOMPREPLY=()\n"
	       "\tif [ \"$COMP_CWORD\" = 1 ]; then\n\t\t_unhairpin_reply -W '");
	print_command_names();
	printf("'\n\t\treturn\n\tfi\n"
	       "\t# --option=argument is three words here.\n"
	       "\tif [ \"$cur\" = = ]; then\n\t\tcur=\n"
	       "\telif [ \"$prev\" = = ]; then\n\t\tprev=${COMP_WORDS[COMP_CWORD - 2]}\n\tfi\n"
	       "\tcase ${COMP_WORDS[1]}:$prev in\n");
	each_command(print_arguments);
	printf("\tesac\n"
	       "\tfor ((i = 2; i < COMP_CWORD; i++)); do\n"
	       "\t\tcase ${COMP_WORDS[1]}:${COMP_WORDS[i]} in\n");
	each_command(print_skips);
	printf("\t\t*:-*) ;;\n\t\t*) return ;; # after an operand: files\n\t\tesac\n"
	       "\t\t[ \"${COMP_WORDS[i]}\" != = ] || i=$((i + 1))\n\tdone\n"
	       "\tcase ${COMP_WORDS[1]}:$cur in\n");
	each_command(print_operands);
	printf("\tesac\n}\n\ncomplete -o bashdefault -o default -F _unhairpin unhairpin\n");
}

/* SPDX-License-Identifier: MIT */
/* completion_zsh.c: the completion script for zsh. */
#include <stdio.h>
#include <string.h>

#include "command/cli/command.h"
#include "completion.h"

/* Inside single quotes, where special bytes have a backslash: zshcompsys(1), _arguments. */
static void print_escaped(const char *text, const char *special)
{
	for (; *text; text++) {
		if (*text == '\'')
			printf("'\\'");
		else if (strchr(special, *text))
			putchar('\\');
		putchar(*text);
	}
}

static void print_choice(enum uh_choice choice, const char *words)
{
	static const char *const action[] = {
	    [UH_ANYTHING] = " ",   [UH_FILES] = "_files",     [UH_DIRECTORIES] = "_files -/",
	    [UH_USERS] = "_users", [UH_COMMANDS] = "_normal",
	};

	if (choice == UH_WORDS)
		printf("(%s)", words);
	else
		printf("%s", action[choice]);
}

/* '(-c --config)'{-c+,--config=}'[help]:FILE:_files' */
static void print_option(const struct uh_option *option)
{
	const char *mark = option->argument ? "=" : "",
		   *short_mark = option->argument ? "+" : "";
	char words[256];

	if (option->key < 256)
		printf("\t\t'*'{-%c%s,--%s%s}'[", option->key, short_mark, option->name, mark);
	else
		printf("\t\t'*--%s%s[", option->name, mark);
	print_escaped(option->help, "[]:\\");
	printf("]");
	if (option->argument) {
		printf(":");
		print_escaped(option->argument, ":\\");
		printf(":");
		print_choice(uh_choice_of(option->argument, words), words);
	}
	printf("' \\\n");
}

static void print_command(const struct uh_command *command)
{
	char words[256];
	enum uh_choice choice = uh_choice_of(command->usage, words);

	printf("\t%s)\n\t\t_arguments -S \\\n", command->name);
	for (const struct uh_option *option = command->options; option->name; option++)
		print_option(option);
	for (const struct uh_option *option = uh_common_options; option->name; option++)
		print_option(option);
	/* With two colons, words is what is left: a command with its own arguments. */
	printf("\t\t'%s:argument:", choice == UH_COMMANDS ? "*:" : "*");
	print_choice(choice, words);
	printf("'\n\t\t;;\n");
}

void uh_complete_zsh(void)
{
	printf("#compdef unhairpin\n# made by 'unhairpin completion zsh'\n\n"
	       "local curcontext=$curcontext state line\nlocal -a subcommands\n\n"
	       "subcommands=(\n");
	for (const struct uh_command *command = uh_commands; command->name; command++) {
		printf("\t'%s:", command->name);
		print_escaped(command->help, "\\");
		printf("'\n");
	}
	printf(")\n_arguments -C \\\n");
	for (const struct uh_option *option = uh_common_options; option->name; option++)
		print_option(option);
	printf("\t'1:subcommand:->subcommand' \\\n\t'*::argument:->argument'\n\n"
	       "case $state in\nsubcommand)\n"
	       "\t_describe subcommand subcommands\n\treturn\n\t;;\nargument) ;;\n"
	       "*) return ;;\nesac\n\ncase $words[1] in\n");
	for (const struct uh_command *command = uh_commands; command->name; command++)
		print_command(command);
	printf("esac\n");
}

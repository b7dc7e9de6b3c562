/* SPDX-License-Identifier: MIT */
/* options.h: the options of subcommands, and the table that they come from. */
#ifndef UH_OPTIONS_H
#define UH_OPTIONS_H

/* Keys of options without a letter. A key below UH_KEY_COLOUR is the option's letter. */
enum {
	UH_KEY_COLOUR = 255, /* --color; no subcommand sees it */
	UH_KEY_PROGRAM = 256,
	UH_KEY_USER,
	UH_KEY_ROOT,
	UH_KEY_ORIGINAL,
	UH_KEY_TIMEOUT,
	UH_KEY_JSON,
	UH_KEY_NOHEADINGS,
	UH_KEY_PUBLIC,
	UH_KEY_HTML,
	UH_KEY_CSV,
	UH_KEY_PROMETHEUS,
	UH_KEY_RESET,
	UH_KEY_PROCESS,
	UH_KEY_TLS,
	UH_KEY_PID,
	UH_KEY_ALL,
	UH_KEY_SECONDS,
	UH_KEY_WITH,
	UH_KEY_STRICT
};

/*
 * One option. argument is the name of its argument in the help, or NULL. A list of options ends
 * with name NULL.
 */
struct uh_option {
	int key;
	const char *name, *argument, *help;
};

struct uh_command;
typedef int uh_subcommand(const struct uh_command *command, int argc, char **argv);

/* A subcommand. A table of subcommands ends with name NULL. */
struct uh_command {
	const char *name;
	uh_subcommand *run; /* returns the exit status */
	const char *usage;  /* what follows the name in the help; several lines: several uses */
	const char *help;   /* one line, lower case, for the help */
	int usage_status;   /* the exit status after a usage error */
	const struct uh_option *options;
	const struct uh_command *subcommands; /* for `unhairpin` itself; else NULL */
};

/* The subcommands, each defined in the room of its name; commands.c has the table of them. */
uh_subcommand uh_command_run, uh_command_check, uh_command_compile, uh_command_suggest,
    uh_command_probe, uh_command_lookup, uh_command_global, uh_command_doctor,
    uh_command_completion, uh_command_stats, uh_command_trace, uh_command_hosts,
    uh_command_kernel, uh_command_show, uh_command_diff, uh_command_help;

#define UH_OPTIONS_END 0   /* optind is the first operand */
#define UH_OPTIONS_HELP -1 /* --help or --version was given; the text is printed */
#define UH_OPTIONS_BAD -2  /* usage error, reported */

/*
 * Returns the key of the next option in argv, with its argument in optarg (getopt(3)), or one
 * of the three values above. The first operand ends the options. --help, --version and --color
 * are handled here.
 */
int uh_option_next(const struct uh_command *command, int argc, char **argv);

/*
 * Returns the index of word in names, which end with NULL, or -1 (a usage error, reported).
 * option is what stands before the word in the message, like "--color=", or "" for an operand.
 */
int uh_option_choice(const struct uh_command *command, const char *option, const char *word,
		     const char *const *names);

/* Returns the exit status for UH_OPTIONS_HELP or UH_OPTIONS_BAD. */
int uh_option_status(const struct uh_command *command, int key);

/*
 * Reports a usage error and points to the command's --help. Returns the command's usage_status.
 */
int uh_usage_error(const struct uh_command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif

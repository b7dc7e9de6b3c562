/* SPDX-License-Identifier: MIT */
/*
 * command.h: what all subcommands of `unhairpin` share: options, help, messages, paths, tables.
 */
#ifndef UH_COMMAND_H
#define UH_COMMAND_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct uh_origin;
struct uh_parse_request;
struct uh_table_request;
struct uh_table;

/* Keys of options without a letter. A key below 256 is the option's letter. */
enum {
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
	UH_KEY_RESET
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
	const char *usage;  /* what follows the name in the help */
	const char *help;   /* one line, lower case, for the help */
	int usage_status;   /* the exit status after a usage error */
	const struct uh_option *options;
	const struct uh_command *subcommands; /* for `unhairpin` itself; else NULL */
};

extern const struct uh_option uh_common_options[]; /* --help and --version */

/* The subcommands, each defined in the room of its name; commands.c has the table of them. */
uh_subcommand uh_command_run, uh_command_check, uh_command_compile, uh_command_suggest,
    uh_command_probe, uh_command_lookup, uh_command_global, uh_command_doctor,
    uh_command_completion, uh_command_stats, uh_command_trace;

/* options.c */

#define UH_OPTIONS_END 0   /* optind is the first operand */
#define UH_OPTIONS_HELP -1 /* --help or --version was given; the text is printed */
#define UH_OPTIONS_BAD -2  /* usage error, reported */

/*
 * Returns the key of the next option in argv, with its argument in optarg (getopt(3)), or one
 * of the three values above. The first operand ends the options. --help and --version are
 * handled here.
 */
int uh_option_next(const struct uh_command *command, int argc, char **argv);

/* Returns the exit status for UH_OPTIONS_HELP or UH_OPTIONS_BAD. */
int uh_option_status(const struct uh_command *command, int key);

/*
 * Reports a usage error and points to the command's --help. Returns the command's usage_status.
 */
int uh_usage_error(const struct uh_command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* help.c */

/* Prints the help of a subcommand, or of unhairpin itself if its name is NULL. */
void uh_print_help(const struct uh_command *command);
void uh_print_version(void);

/* typo.c */

/*
 * Returns the name in array that is nearest to word (fewest single-letter edits), or NULL if
 * none is near enough. array has elements of stride bytes with a pointer to the name at offset;
 * a NULL name ends it.
 */
const char *uh_typo_guess(const char *word, const void *array, size_t stride, size_t offset);

/* diag.c: the only file that writes to stderr. */

/* Prints "unhairpin: ", the text and a newline. */
void uh_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints "unhairpin: NAME: ", the text and a newline; without "NAME: " if name is "". */
void uh_error_list(const char *name, const char *format, va_list arguments);

/*
 * Prints a fault of a configuration as "FILE:LINE: text", or as "unhairpin: FILE: text" if line
 * is 0. A warning has "warning: " before the text. file may be NULL.
 */
void uh_print_fault(bool warning, const char *file, unsigned line, const char *text);

/* Prints a warning without a file, as uh_print_fault() does. */
void uh_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Makes uh_print_fault() and uh_warning() print JSON on stdout from now on, by
 * uh_json_print_finding() (json.h) with the severity "error" or "warning".
 */
void uh_print_faults_as_json(void);

/*
 * Ignores SIGPIPE, so that a closed pipe is an error that uh_output_end() reports. Call it
 * before the first output to stdout.
 */
void uh_output_begin(void);

/* Flushes stdout. Returns status, or failure (reported) if some output could not be written. */
int uh_output_end(int status, int failure);

/* install_paths.c */

/*
 * Returns the absolute path of the preload object: beside this program if it is there, else
 * where it is installed. The string is static. Returns NULL if there is none (reported).
 */
const char *uh_installed_object_path(void);

/*
 * Returns path as a copy for free(3), with the current directory before a relative path.
 * Returns NULL on failure (reported).
 */
char *uh_absolute_path(const char *path);

/* socket_dir_perms.c */

/*
 * Warns of each Unix target whose socket another user than root and the owner of source->file
 * could replace. A route with peer_user is safe.
 */
void uh_warn_of_exposed(const struct uh_table_request *source, const struct uh_table *table);

/* stand_in_networks.c */

/*
 * Warns of a stand-in network that is not reserved, or that this host has an address in or a
 * route to.
 */
void uh_warn_of_stand_ins(const struct uh_table_request *source, const struct uh_table *table);

/* map_option.c */

/*
 * Adds argument, "DEST=TARGET[,TARGET]…", to *routes: a string in the form of UNHAIRPIN_ROUTES,
 * from malloc(3), or NULL. A route with the same DEST is replaced. warns: also warn of doubtful
 * values, because no later reader of the routes in this process will. Returns false if argument
 * is wrong or memory ran out (reported); *routes is then unchanged.
 */
bool uh_map_option_add(char **routes, const char *argument, bool warns);

/*
 * Sets *routes to a copy of UNHAIRPIN_ROUTES for uh_map_option_add(), or to NULL if that is not
 * set. Returns false if memory ran out (reported).
 */
bool uh_map_option_begin(char **routes);

/* load_table.c */

/* The source of a table, and how its faults are reported. */
struct uh_table_request {
	const char *file;   /* absolute; NULL: UNHAIRPIN_CONF or the default file */
	const char *shown;  /* the name of file in messages, or NULL for file itself */
	const char *routes; /* inline routes, or NULL */
	bool optional;	    /* no error if the file is missing: there are no routes then */
	bool check_owner;   /* the owner of the file must be trusted (uh_parse_request) */
	bool warn_only;	    /* report errors as warnings, and no warnings */
};

/*
 * Sets source->file, if it is NULL, to UNHAIRPIN_CONF or to the default file, and
 * source->optional for the default file. Returns false if UNHAIRPIN_CONF is not an absolute
 * path (reported).
 */
bool uh_table_request_default(struct uh_table_request *source);

/*
 * Sets source->file to the absolute path of name, and source->shown to name. *owned, which is
 * freed first, becomes the same path, for free(3). Returns false on failure (reported).
 */
bool uh_table_request_file(struct uh_table_request *source, char **owned, const char *name);

/*
 * Reads the configuration as the compiler of routes does. Returns the table, which lives until
 * exit, or NULL (reported) with errno: EINVAL if the configuration has faults, else the reason
 * why it could not be read.
 */
const struct uh_table *uh_table_load(const struct uh_table_request *source);

/*
 * Sets *origin to the origin (freshness.h) that a fresh cache of source must have, for a
 * program that is not AT_SECURE.
 */
void uh_table_request_origin(const struct uh_table_request *source, struct uh_origin *origin);

/*
 * Returns true if there is a cache beside source->file that is damaged or of another version.
 * All of it is read. path (size bytes) becomes its path.
 */
bool uh_cache_beside_is_damaged(const struct uh_table_request *source, char *path, size_t size);

/* compile_source.c */

/*
 * Compiles source into a cache that replaces the file at path, again and again until the source
 * no longer changes meanwhile. Returns the table, which lives until exit, or NULL (reported)
 * with errno: EINVAL if the configuration has faults, else the reason of the failure.
 */
const struct uh_table *uh_table_compile(const struct uh_table_request *source,
					const char *path);

/* The exit statuses of `unhairpin compile`. */
enum uh_compiling { UH_COMPILED = 0, UH_FAULTY = 1, UH_NOT_COMPILED = 2 };

/*
 * Compiles source, without its inline routes, into the cache beside its file, unless that is
 * fresh. Prints the result; failures are reported.
 */
enum uh_compiling uh_table_compile_beside(const struct uh_table_request *source);

#endif

/* SPDX-License-Identifier: MIT */
/* command.h: what the subcommands of `unhairpin` share: the table, options, messages, paths,
 * -m. */
#ifndef UH_COMMAND_H
#define UH_COMMAND_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct uh_origin;
struct uh_parse_request;
struct uh_table_request;
struct uh_table;

/* Keys of options that have no letter; a key below 256 is the option's letter. */
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

/* One option of a subcommand. argument is its name in the help, or NULL. A list ends with name
 * NULL. */
struct uh_option {
	int key;
	const char *name, *argument, *help;
};

struct uh_command;
typedef int uh_subcommand(const struct uh_command *command, int argc, char **argv);

/* A subcommand: a row of the table, which ends with name NULL. */
struct uh_command {
	const char *name;
	uh_subcommand *run; /* returns the exit status */
	const char *usage;  /* what follows the name */
	const char *help;   /* one line, lower case */
	int usage_status;   /* the exit status for a wrong use */
	const struct uh_option *options;
	const struct uh_command *subcommands; /* of unhairpin itself, whose name is NULL */
};

extern const struct uh_option uh_common_options[]; /* what every subcommand has */

/* The subcommands, each defined in the room of its name; commands.c has the table of them. */
uh_subcommand uh_command_run, uh_command_check, uh_command_compile, uh_command_suggest,
    uh_command_probe, uh_command_lookup, uh_command_global, uh_command_doctor,
    uh_command_completion, uh_command_stats, uh_command_trace;

/* options.c */

#define UH_OPTIONS_END 0   /* optind is the first operand */
#define UH_OPTIONS_HELP -1 /* --help or --version was asked for, and printed */
#define UH_OPTIONS_BAD -2  /* reported */

/*
 * The key of the next option in argv, its argument in optarg (getopt(3)), or one of the above.
 * Options end at the first operand. Every command has --help and --version.
 */
int uh_option_next(const struct uh_command *command, int argc, char **argv);

/* The exit status for UH_OPTIONS_HELP or UH_OPTIONS_BAD. */
int uh_option_status(const struct uh_command *command, int key);

/* Reports a wrong use, with a pointer to the command's help. Returns the exit status for it. */
int uh_usage_error(const struct uh_command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* help.c */

/* Prints the help of a subcommand, or of unhairpin itself if its name is NULL. */
void uh_print_help(const struct uh_command *command);
void uh_print_version(void);

/* typo.c */

/*
 * The name in the array that is nearest to word (fewest single-letter edits), or NULL when none
 * is near enough to be what was meant. An element has stride bytes, its name is a pointer at
 * offset, and a NULL name ends the array.
 */
const char *uh_typo_guess(const char *word, const void *array, size_t stride, size_t offset);

/* diag.c: the only file that writes to stderr. */

/* Prints "unhairpin: ", the text and a newline. */
void uh_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, with "NAME: " before the text unless name is "". */
void uh_error_list(const char *name, const char *format, va_list arguments);

/*
 * Prints a fault of a configuration: "FILE:LINE: text", or "unhairpin: FILE: text" when line is
 * 0. A warning has "warning: " before its text. file may be NULL.
 */
void uh_print_fault(bool warning, const char *file, unsigned line, const char *text);

/* Prints a warning that belongs to no file, as uh_print_fault() does. */
void uh_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* From now on uh_print_fault() prints on stdout, as uh_json_print_finding() (json.h), with the
 * severity "error" or "warning". */
void uh_print_faults_as_json(void);

/* To be called before anything goes to stdout: a closed pipe then is an error that is reported.
 */
void uh_output_begin(void);

/* Flushes stdout. Returns status, or failure (reported) when not all of it could be written. */
int uh_output_end(int status, int failure);

/* install_paths.c. The paths are static; NULL means reported. */

/* The preload object, absolute: beside this program when it is there, else where it is
 * installed. */
const char *uh_installed_object_path(void);

/* A copy, with the current directory before it when it's relative, for free(3). NULL: reported.
 */
char *uh_absolute_path(const char *path);

/* socket_dir_perms.c */

/* Warns of each Unix target that somebody but root and the owner of source->file could put a
 * socket of his own in the place of, where the route has no peer_user. */
void uh_warn_of_exposed(const struct uh_table_request *source, const struct uh_table *table);

/* stand_in_networks.c */

/* Warns of a network for stand-ins that is not reserved, or that this host knows to be used. */
void uh_warn_of_stand_ins(const struct uh_table_request *source, const struct uh_table *table);

/* map_option.c */

/*
 * Adds argument, "DEST=TARGET[,TARGET]…", to *routes, a text as UNHAIRPIN_ROUTES holds it, from
 * malloc(3) or NULL; a route there with the same DEST is replaced. Returns false when the
 * argument is wrong (reported) or memory ran out; *routes is then as it was. warns: tell what
 * is hardly meant, too, because nothing in this process reads the routes after this.
 */
bool uh_map_option_add(char **routes, const char *argument, bool warns);

/* A copy of UNHAIRPIN_ROUTES to add to, in *routes; NULL when not set. False: no memory,
 * reported. */
bool uh_map_option_begin(char **routes);

/* load_table.c */

/* What a table is made from, and how its faults are told. */
struct uh_table_request {
	const char *file;   /* absolute, or NULL: UNHAIRPIN_CONF or the default one */
	const char *shown;  /* how faults name file, or NULL for as it is */
	const char *routes; /* inline routes, or NULL */
	bool optional;	    /* a default file that's missing means no routes */
	bool check_owner;   /* as uh_parse_request */
	bool warn_only;	    /* tell faults as warnings, and warnings not at all */
};

/*
 * Sets file to UNHAIRPIN_CONF or the default if it is NULL, with optional only for the default.
 * Returns false when UNHAIRPIN_CONF isn't absolute (reported).
 */
bool uh_table_request_default(struct uh_table_request *source);

/*
 * Sets file to name, absolute, and shown to name; *owned is the same, for free(3), in place of
 * what it held. Returns false when the current directory can't be told (reported).
 */
bool uh_table_request_file(struct uh_table_request *source, char **owned, const char *name);

/*
 * Reads the configuration as the compiler of routes does. Returns the table,
 * which lives until exit, or NULL with errno EINVAL for faults (reported), else another
 * (reported).
 */
const struct uh_table *uh_table_load(const struct uh_table_request *source);

/* Tells the origin that a compiled form of the source must have (freshness.h), for a program
 * without AT_SECURE. */
void uh_table_request_origin(const struct uh_table_request *source, struct uh_origin *origin);

/*
 * True, with the path in path (size bytes), when the compiled cache beside source->file is
 * there but damaged, or of another version. All of it is read.
 */
bool uh_cache_beside_is_damaged(const struct uh_table_request *source, char *path, size_t size);

/* compile_source.c */

/*
 * Compiles the source into a file, which takes the place of the one at path, and again until
 * the text is as it was read. Returns the table, which lives until exit, or NULL with errno
 * EINVAL for faults (reported), else another (reported).
 */
const struct uh_table *uh_table_compile(const struct uh_table_request *source,
					const char *path);

/* The exit statuses of `unhairpin compile`. */
enum uh_compiling { UH_COMPILED = 0, UH_FAULTY = 1, UH_NOT_COMPILED = 2 };

/*
 * Compiles the source, without its inline routes, into the cache beside its file, unless that
 * is fresh. Prints what was done; what went wrong is reported.
 */
enum uh_compiling uh_table_compile_beside(const struct uh_table_request *source);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * main.c: the entry of the command `unhairpin`.
 *
 * Where to find what:
 *   main.c      the table of subcommands and their options; picks one
 *   run.c       run:    starts a program with the preload object; launch.c puts that and the
 *               routes into its environment; hand_over.c compiles them
 *   check.c     check:  reads a configuration and tells its faults; exposed.c looks at paths,
 *               stand_in_networks.c at what stand-ins may collide with
 *   lookup.c    lookup: asks the table what a connection would do; show.c, show_name.c print it
 *   compile.c   compile: writes a configuration's cache; compile_source.c does it for others,
 *               too
 *   global.c    global: edits /etc/ld.so.preload (preload_file.c); global_status.c shows it
 *   doctor.c    doctor: proves interception, by doctor_compiled.c, doctor_process.c,
 *               doctor_unit.c, program.c and reachable.c; findings.c prints what they find
 *   canary.c    programs that are sent ahead (canary_step.c), in an /etc of their own
 *               (canary_etc.c); canary_client.c is what this command is as one of them
 *   completion.c  completion: scripts for shells; completion_bash.c and others have their forms
 *   suggest.c   suggest: finds hairpins; trace_read.c, visits.c (and times.c) read a trace,
 *               evidence.c and own.c know hairpins, port.c and join.c with listeners.c,
 *               owners.c and services.c (nginx.c, haproxy.c, gunicorn.c) know better ways,
 *               which verify.c tries by compare.c and greet.c; hairpins.c puts it together;
 *               page.c writes a page of it, with page_rows.c, page_text.c, graph.c and html.c
 *   probe.c     probe:  connects to targets (dial.c); attempts.c says which there are
 *   trace.c     trace:  a command's connections: child.c runs it, channel.c hears of them,
 *               tally.c adds them up (median.c: for suggest as well), trace_text.c writes them
 *   stats.c     stats:  counters of all processes: sums.c reads, sums_text.c writes them
 *   columns.c   tables for people; quote.c: texts for programs
 *   tables.c    the configuration as a table, made by the code that the compiler of routes has
 *   variables.c our variables, read as programs read them
 *   maps.c      -m DEST=TARGET, and its way into UNHAIRPIN_ROUTES
 *   paths.c     finds the preload object
 *   options.c   options by the table; help.c prints it; nearest.c guesses what was meant
 *   messages.c  all that goes to stderr, and the end of stdout
 *
 * A new subcommand is one file, one row here, and one section in src/man/unhairpin.1.
 */
#include <stddef.h>
#include <string.h>

#include "canary.h"
#include "command.h"

#define USAGE_ERROR 2
#define RUN_FAILED 125 /* as env(1): 126 and 127 are about the command itself */

#define OPTION_CONFIG                                                                          \
	{                                                                                      \
		'c', "config", "FILE", "read routes from FILE, not /etc/unhairpin.conf"        \
	}
#define OPTION_MAP                                                                             \
	{                                                                                      \
		'm', "map", "DEST=TARGET", "add a route; TARGET may be a list with commas"     \
	}

#define OPTION_JSON                                                                            \
	{                                                                                      \
		UH_KEY_JSON, "json", NULL, "print JSON, an object a line"                      \
	}

#define OPTION_LOG                                                                             \
	{                                                                                      \
		'l', "log", "LEVEL[:PLACE]", "log off, error, warning, info or debug"          \
	}

#define OPTION_QUIET                                                                           \
	{                                                                                      \
		'q', "quiet", NULL, "don't tell why the command can't be routed"               \
	}

static const struct uh_option run_options[] = {
    OPTION_CONFIG, OPTION_MAP, OPTION_LOG, OPTION_QUIET, {0, NULL, NULL, NULL},
};

static const struct uh_option check_options[] = {{0, NULL, NULL, NULL}};

static const struct uh_option compile_options[] = {{0, NULL, NULL, NULL}};

static const struct uh_option lookup_options[] = {
    OPTION_CONFIG,
    OPTION_MAP,
    {'p', "protocol", "tcp|udp", "ask for that protocol; tcp is the default"},
    {UH_KEY_PROGRAM, "program", "PATH", "ask as the program with this executable"},
    {UH_KEY_USER, "user", "USER", "ask as this user (name or number), not as the caller"},
    {0, NULL, NULL, NULL},
};

static const struct uh_option global_options[] = {
    {UH_KEY_ROOT, "root", "DIR", "work on the system in DIR, as an image that is being built"},
    OPTION_JSON,
    {0, NULL, NULL, NULL},
};

static const struct uh_option suggest_options[] = {
    OPTION_CONFIG,
    {UH_KEY_HTML, "html", "FILE", "write the traces to FILE as a page for a browser"},
    {UH_KEY_PUBLIC, "public", "ADDRESS", "take this address of the gateway for this host's"},
    OPTION_JSON,
    {0, NULL, NULL, NULL},
};

static const struct uh_option doctor_options[] = {OPTION_CONFIG, {0, NULL, NULL, NULL}};

static const struct uh_option probe_options[] = {
    OPTION_CONFIG,
    OPTION_MAP,
    {UH_KEY_ORIGINAL, "original", NULL, "connect to the address that is asked for as well"},
    {UH_KEY_TIMEOUT, "timeout", "MS", "wait so many milliseconds at most, not 1000"},
    OPTION_JSON,
    {0, NULL, NULL, NULL},
};

static const struct uh_option trace_options[] = {
    OPTION_CONFIG,
    OPTION_MAP,
    OPTION_LOG,
    OPTION_QUIET,
    {'o', "output", "FILE", "write the trace to FILE as well, as --json does"},
    {'f', "follow", NULL, "tell of each connection as it is made"},
    {UH_KEY_JSON, "json", NULL, "print each connection as a line of JSON, and no table"},
    {UH_KEY_CSV, "csv", NULL, "print the table as a CSV file"},
    {UH_KEY_HTML, "html", "FILE", "write a page for a browser to FILE as well"},
    {0, NULL, NULL, NULL},
};

static const struct uh_option stats_options[] = {
    {'w', "watch", NULL, "tell again every two seconds, with how many there were in one"},
    {UH_KEY_JSON, "json", NULL, "print each route as a line of JSON"},
    {UH_KEY_PROMETHEUS, "prometheus", NULL, "print Prometheus' text format"},
    {UH_KEY_RESET, "reset", NULL, "set all counters to zero, and print nothing"},
    {0, NULL, NULL, NULL},
};

const struct uh_command uh_commands[] = {
    {"run", uh_command_run,
     "[-c FILE] [-m DEST=TARGET]... [-l LEVEL[:PLACE]] [-q] [--] COMMAND [ARG]...",
     "run a command with its connections routed", RUN_FAILED, run_options},
    {"check", uh_command_check, "[FILE]", "tell every fault of the configuration", USAGE_ERROR,
     check_options},
    {"lookup", uh_command_lookup,
     "[-c FILE] [-m DEST=TARGET]... [-p tcp|udp] [--program PATH] [--user USER] "
     "ADDRESS:PORT|NAME:PORT...",
     "tell where a connection would go, and by which route", USAGE_ERROR, lookup_options},
    {"compile", uh_command_compile, "[FILE]",
     "write the cache from which programs have their routes at once", USAGE_ERROR,
     compile_options},
    {"global", uh_command_global, "[--root=DIR] [--json] enable|disable|status",
     "put the object into every program of the machine, or take it out", USAGE_ERROR,
     global_options},
    {"doctor", uh_command_doctor, "[-c FILE] [--] [COMMAND|PID|UNIT.service]",
     "prove that connections are intercepted, or tell why not", USAGE_ERROR, doctor_options},
    {"completion", uh_command_completion, "bash|zsh|fish",
     "print what a shell completes this command by", USAGE_ERROR, check_options},
    {"suggest", uh_command_suggest,
     "[-c FILE] [--public=ADDRESS]... [--json] [--html=FILE] [TRACE]...",
     "find the hairpins in a trace, and routes for them", USAGE_ERROR, suggest_options},
    {"probe", uh_command_probe,
     "[-c FILE] [-m DEST=TARGET]... [--original] [--timeout=MS] [--json] [ROUTE]...",
     "connect to the targets of routes, and tell who answers", USAGE_ERROR, probe_options},
    {"trace", uh_command_trace,
     "[-f] [-q] [-o FILE] [--json | --csv] [--html=FILE] [-c FILE] [-m DEST=TARGET]... "
     "[-l LEVEL[:PLACE]] [--] "
     "COMMAND [ARG]...",
     "run a command and tell where it connects to, and how long that takes", RUN_FAILED,
     trace_options},
    {"stats", uh_command_stats, "[-w] [--json | --prometheus | --reset]",
     "tell how often each route was used, and how often that failed", USAGE_ERROR,
     stats_options},
    {NULL, NULL, NULL, NULL, 0, NULL},
};

/* What the options before a subcommand are read by: there are none but --help and --version. */
static const struct uh_command no_command = {
    NULL, NULL, NULL, NULL, USAGE_ERROR, check_options,
};

static const struct uh_command *find_command(const char *name)
{
	for (const struct uh_command *command = uh_commands; command->name; command++)
		if (strcmp(command->name, name) == 0)
			return command;
	return NULL;
}

static int unknown_command(const char *name)
{
	const char *near = uh_nearest(name, uh_commands, sizeof(uh_commands[0]),
				      offsetof(struct uh_command, name));

	if (near)
		return uh_usage_error(
		    &no_command, "unknown subcommand '%s'; did you mean '%s'?", name, near);
	return uh_usage_error(&no_command, "unknown subcommand '%s'", name);
}

int main(int argc, char **argv)
{
	int key;

	if (argc > 0 && strcmp(argv[0], UH_CANARY_NAME) == 0)
		return uh_canary_main(argc, argv);
	uh_variables_clean();
	if (argc > 1 && argv[1][0] == '-') {
		key = uh_option_next(&no_command, argc, argv);
		if (key != UH_OPTIONS_END)
			return uh_option_status(&no_command, key);
		argc = 1; /* "--" alone */
	}
	if (argc < 2)
		return uh_usage_error(&no_command, "expected a subcommand");
	const struct uh_command *command = find_command(argv[1]);
	if (!command)
		return unknown_command(argv[1]);
	return command->run(command, argc - 1, argv + 1);
}

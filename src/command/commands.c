/* SPDX-License-Identifier: MIT */
/* commands.c: the subcommands and their options. */
#include <stddef.h>
#include <string.h>

#include "command/cli/options.h"
#include "base/typo.h"
#include "command/commands.h"

#define USAGE_ERROR 2
#define RUN_FAILED 125 /* as env(1); 126 and 127 mean that COMMAND cannot be run */

#define OPTION_CONFIG                                                                          \
	{                                                                                      \
		'c', "config", "FILE", "read routes from FILE instead of /etc/unhairpin.conf"  \
	}
#define OPTION_MAP                                                                             \
	{                                                                                      \
		'm', "map", "DEST=TARGET",                                                     \
		    "add a route; TARGET may be a list, split by commas"                       \
	}

#define OPTION_JSON                                                                            \
	{                                                                                      \
		UH_KEY_JSON, "json", NULL, "print JSON, one object a line"                     \
	}

#define OPTION_NOHEADINGS                                                                      \
	{                                                                                      \
		UH_KEY_NOHEADINGS, "noheadings", NULL, "print no column titles"                \
	}

#define OPTION_LOG                                                                             \
	{                                                                                      \
		'l', "log", "LEVEL[:PLACE]",                                                   \
		    "the least severe messages to log: off, error, warning, info, debug"       \
	}

#define OPTION_QUIET                                                                           \
	{                                                                                      \
		'q', "quiet", NULL, "do not report why the command cannot be routed"           \
	}

static const struct uh_option run_options[] = {
    OPTION_CONFIG, OPTION_MAP, OPTION_LOG, OPTION_QUIET, {0, NULL, NULL, NULL},
};

static const struct uh_option no_options[] = {{0, NULL, NULL, NULL}};

#define OPTION_WITH                                                                            \
	{                                                                                      \
		UH_KEY_WITH, "with", "FILE=PATH", "read FILE in the place of PATH"             \
	}

static const struct uh_option check_options[] = {
    OPTION_CONFIG,
    OPTION_WITH,
    {UH_KEY_STRICT, "strict", NULL, "take warnings for faults"},
    OPTION_JSON,
    OPTION_NOHEADINGS,
    {0, NULL, NULL, NULL},
};

static const struct uh_option lookup_options[] = {
    OPTION_CONFIG,
    OPTION_MAP,
    {'p', "protocol", "tcp|udp", "the protocol of the connection (default: tcp)"},
    {UH_KEY_PROGRAM, "program", "PATH", "answer for the program with this executable"},
    {UH_KEY_USER, "user", "USER", "answer for this user (name or number), not the caller"},
    OPTION_JSON,
    OPTION_NOHEADINGS,
    {0, NULL, NULL, NULL},
};

static const struct uh_option show_options[] = {
    OPTION_CONFIG, OPTION_MAP, OPTION_JSON, OPTION_NOHEADINGS, {0, NULL, NULL, NULL},
};

static const struct uh_option diff_options[] = {
    OPTION_CONFIG, OPTION_WITH, OPTION_JSON, OPTION_NOHEADINGS, {0, NULL, NULL, NULL},
};

static const struct uh_option hosts_options[] = {
    OPTION_CONFIG,	   OPTION_MAP,
    OPTION_JSON,	   {UH_KEY_NOHEADINGS, "noheadings", NULL, "print no comments"},
    {0, NULL, NULL, NULL},
};

static const struct uh_option global_options[] = {
    {UH_KEY_ROOT, "root", "DIR", "work on the system in DIR, such as a mounted image"},
    OPTION_JSON,
    OPTION_NOHEADINGS,
    {0, NULL, NULL, NULL},
};

static const struct uh_option kernel_options[] = {
    OPTION_CONFIG, OPTION_MAP, OPTION_JSON, OPTION_NOHEADINGS, {0, NULL, NULL, NULL},
};

static const struct uh_option suggest_options[] = {
    OPTION_CONFIG,
    {UH_KEY_HTML, "html", "FILE", "write the traces to FILE as an HTML page"},
    {UH_KEY_PUBLIC, "public", "ADDRESS",
     "the gateway's public address, to treat as this host's"},
    {UH_KEY_PROCESS, "process", "PID", "examine the connections that a running process has"},
    OPTION_JSON,
    OPTION_NOHEADINGS,
    {0, NULL, NULL, NULL},
};

static const struct uh_option doctor_options[] = {
    OPTION_CONFIG,
    OPTION_JSON,
    OPTION_NOHEADINGS,
    {0, NULL, NULL, NULL},
};

static const struct uh_option probe_options[] = {
    OPTION_CONFIG,
    OPTION_MAP,
    {UH_KEY_ORIGINAL, "original", NULL, "connect to the original address, too"},
    {UH_KEY_TLS, "tls", NULL, "ask targets for a TLS handshake if their port is one of TLS"},
    {UH_KEY_TIMEOUT, "timeout", "MS", "wait at most MS milliseconds (default: 1000)"},
    OPTION_JSON,
    OPTION_NOHEADINGS,
    {0, NULL, NULL, NULL},
};

static const struct uh_option trace_options[] = {
    OPTION_CONFIG,
    OPTION_MAP,
    OPTION_LOG,
    OPTION_QUIET,
    {'o', "output", "FILE", "write the trace to FILE, too, as with --json"},
    {'f', "follow", NULL, "print each connection when it is made"},
    {UH_KEY_JSON, "json", NULL, "print each connection as JSON, one object a line"},
    {UH_KEY_CSV, "csv", NULL, "print the table as CSV"},
    OPTION_NOHEADINGS,
    {UH_KEY_HTML, "html", "FILE", "write an HTML page to FILE, too"},
    {UH_KEY_PID, "pid", "PID", "trace a running process and its descendants"},
    {UH_KEY_ALL, "all", NULL, "trace all running processes that have the object loaded"},
    {UH_KEY_SECONDS, "seconds", "N", "end the trace after N seconds"},
    {0, NULL, NULL, NULL},
};

static const struct uh_option stats_options[] = {
    {'w', "watch", NULL, "repeat every two seconds, with connections per second"},
    OPTION_JSON,
    OPTION_NOHEADINGS,
    {'o', "output", "FILE", "write to FILE, which is replaced when all is written"},
    {UH_KEY_PROMETHEUS, "prometheus", NULL, "print the text format of Prometheus"},
    {UH_KEY_RESET, "reset", NULL, "set all counters to zero and print nothing"},
    {0, NULL, NULL, NULL},
};

const struct uh_command uh_commands[] = {
    {"run", uh_command_run,
     "[-c FILE] [-m DEST=TARGET]... [-l LEVEL[:PLACE]] [-q] [--] COMMAND [ARG]...",
     "run a command with its connections routed", RUN_FAILED, run_options, NULL},
    {"check", uh_command_check,
     "[-c FILE] [--with=FILE=PATH]... [--strict] [--json] [--noheadings] [FILE|-]...",
     "report every fault of the configuration", USAGE_ERROR, check_options, NULL},
    {"lookup", uh_command_lookup,
     "[-c FILE] [-m DEST=TARGET]... [-p tcp|udp] [--program PATH] [--user USER] "
     "[--json] [--noheadings] "
     "ADDRESS:PORT|NAME:PORT...",
     "show where a connection would go, and by which route", USAGE_ERROR, lookup_options, NULL},
    {"show", uh_command_show, "[-c FILE] [-m DEST=TARGET]... [--json] [--noheadings]",
     "show every route and setting in force, and where it comes from", USAGE_ERROR,
     show_options, NULL},
    {"diff", uh_command_diff,
     "[-c FILE] [--with=FILE=PATH]... [--json] [--noheadings] [[OLD] NEW]",
     "show which destinations a candidate would change", USAGE_ERROR, diff_options, NULL},
    {"hosts", uh_command_hosts, "[-c FILE] [-m DEST=TARGET]... [--json] [--noheadings]",
     "print the routes by name as lines for /etc/hosts", USAGE_ERROR, hosts_options, NULL},
    {"compile", uh_command_compile, "[FILE]",
     "write the cache from which programs load their routes fast", USAGE_ERROR, no_options,
     NULL},
    {"global", uh_command_global, "[--root=DIR] [--json] [--noheadings] enable|disable|status",
     "load the object into every program of the machine, or undo that", USAGE_ERROR,
     global_options, NULL},
    {"kernel", uh_command_kernel,
     "[-c FILE] [-m DEST=TARGET]... [--json] [--noheadings] check\n"
     "[-c FILE] [-m DEST=TARGET]... enable [UNIT|CGROUP]\n"
     "[-c FILE] [-m DEST=TARGET]... reload [UNIT|CGROUP]\n"
     "disable [UNIT|CGROUP]\n"
     "[--json] [--noheadings] status",
     "route programs that no preload can catch, by the kernel", USAGE_ERROR, kernel_options,
     NULL},
    {"doctor", uh_command_doctor,
     "[-c FILE] [--json] [--noheadings] [--] [COMMAND|PID|UNIT.service]",
     "show whether connections are intercepted, and if not, why", USAGE_ERROR, doctor_options,
     NULL},
    {"completion", uh_command_completion, "bash|zsh|fish", "print a shell completion script",
     USAGE_ERROR, no_options, NULL},
    {"suggest", uh_command_suggest,
     "[-c FILE] [--public=ADDRESS]... [--json] [--noheadings] [--html=FILE] [--process=PID]... "
     "[TRACE]...",
     "find hairpin connections in a trace, and suggest routes", USAGE_ERROR, suggest_options,
     NULL},
    {"probe", uh_command_probe,
     "[-c FILE] [-m DEST=TARGET]... [--original] [--tls] [--timeout=MS] [--json] "
     "[--noheadings] [ROUTE]...",
     "connect to the targets of routes, and show which answer", USAGE_ERROR, probe_options,
     NULL},
    {"trace", uh_command_trace,
     "[-f] [-q] [-o FILE] [--json | --csv] [--noheadings] [--html=FILE] [--seconds=N] "
     "[-c FILE] [-m DEST=TARGET]... [-l LEVEL[:PLACE]] [--] COMMAND [ARG]... | UNIT.service | "
     "--pid=PID | --all",
     "show the connections of a command, or of what runs, and how long they take", RUN_FAILED,
     trace_options, NULL},
    {"stats", uh_command_stats,
     "[-w | -o FILE] [--json | --prometheus | --reset] [--noheadings]",
     "show how often each route was used, and how often it failed", USAGE_ERROR, stats_options,
     NULL},
    {"help", uh_command_help, "[SUBCOMMAND]", "print the help of unhairpin or of a subcommand",
     USAGE_ERROR, no_options, NULL},
    {.name = NULL},
};

const struct uh_command uh_no_command = {
    .usage_status = USAGE_ERROR,
    .options = no_options,
    .subcommands = uh_commands,
};

const struct uh_command *uh_command_find(const char *name)
{
	const struct uh_command *command = uh_commands;
	const char *near = uh_typo_guess(name, uh_commands, sizeof(*command),
					 offsetof(struct uh_command, name));

	while (command->name && strcmp(command->name, name) != 0)
		command++;
	if (command->name)
		return command;
	if (near)
		uh_usage_error(&uh_no_command, "unknown subcommand '%s'; did you mean '%s'?",
			       name, near);
	else
		uh_usage_error(&uh_no_command, "unknown subcommand '%s'", name);
	return NULL;
}

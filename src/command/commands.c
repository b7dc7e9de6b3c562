/* SPDX-License-Identifier: MIT */
/* commands.c: the table of subcommands, which dispatch, help and completion are made from. */
#include <stddef.h>

#include "command/cli/command.h"

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
		UH_KEY_JSON, "json", NULL, "print one JSON object a line"                      \
	}

#define OPTION_NOHEADINGS                                                                      \
	{                                                                                      \
		UH_KEY_NOHEADINGS, "noheadings", NULL, "print no line of column titles"        \
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

static const struct uh_option no_options[] = {{0, NULL, NULL, NULL}};

static const struct uh_option check_options[] = {
    OPTION_JSON,
    OPTION_NOHEADINGS,
    {0, NULL, NULL, NULL},
};

static const struct uh_option lookup_options[] = {
    OPTION_CONFIG,
    OPTION_MAP,
    {'p', "protocol", "tcp|udp", "ask for that protocol; tcp is the default"},
    {UH_KEY_PROGRAM, "program", "PATH", "ask as the program with this executable"},
    {UH_KEY_USER, "user", "USER", "ask as this user (name or number), not as the caller"},
    OPTION_JSON,
    OPTION_NOHEADINGS,
    {0, NULL, NULL, NULL},
};

static const struct uh_option global_options[] = {
    {UH_KEY_ROOT, "root", "DIR", "work on the system in DIR, as an image that is being built"},
    OPTION_JSON,
    OPTION_NOHEADINGS,
    {0, NULL, NULL, NULL},
};

static const struct uh_option suggest_options[] = {
    OPTION_CONFIG,
    {UH_KEY_HTML, "html", "FILE", "write the traces to FILE as a page for a browser"},
    {UH_KEY_PUBLIC, "public", "ADDRESS", "take this address of the gateway for this host's"},
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
    {UH_KEY_ORIGINAL, "original", NULL, "connect to the address that is asked for as well"},
    {UH_KEY_TIMEOUT, "timeout", "MS", "wait so many milliseconds at most, not 1000"},
    OPTION_JSON,
    OPTION_NOHEADINGS,
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
    OPTION_NOHEADINGS,
    {UH_KEY_HTML, "html", "FILE", "write a page for a browser to FILE as well"},
    {0, NULL, NULL, NULL},
};

static const struct uh_option stats_options[] = {
    {'w', "watch", NULL, "tell again every two seconds, with how many there were in one"},
    OPTION_JSON,
    OPTION_NOHEADINGS,
    {UH_KEY_PROMETHEUS, "prometheus", NULL, "print Prometheus' text format"},
    {UH_KEY_RESET, "reset", NULL, "set all counters to zero, and print nothing"},
    {0, NULL, NULL, NULL},
};

const struct uh_command uh_commands[] = {
    {"run", uh_command_run,
     "[-c FILE] [-m DEST=TARGET]... [-l LEVEL[:PLACE]] [-q] [--] COMMAND [ARG]...",
     "run a command with its connections routed", RUN_FAILED, run_options},
    {"check", uh_command_check, "[--json] [--noheadings] [FILE]",
     "tell every fault of the configuration", USAGE_ERROR, check_options},
    {"lookup", uh_command_lookup,
     "[-c FILE] [-m DEST=TARGET]... [-p tcp|udp] [--program PATH] [--user USER] "
     "[--json] [--noheadings] "
     "ADDRESS:PORT|NAME:PORT...",
     "tell where a connection would go, and by which route", USAGE_ERROR, lookup_options},
    {"compile", uh_command_compile, "[FILE]",
     "write the cache from which programs have their routes at once", USAGE_ERROR, no_options},
    {"global", uh_command_global, "[--root=DIR] [--json] [--noheadings] enable|disable|status",
     "put the object into every program of the machine, or take it out", USAGE_ERROR,
     global_options},
    {"doctor", uh_command_doctor,
     "[-c FILE] [--json] [--noheadings] [--] [COMMAND|PID|UNIT.service]",
     "prove that connections are intercepted, or tell why not", USAGE_ERROR, doctor_options},
    {"completion", uh_command_completion, "bash|zsh|fish",
     "print what a shell completes this command by", USAGE_ERROR, no_options},
    {"suggest", uh_command_suggest,
     "[-c FILE] [--public=ADDRESS]... [--json] [--noheadings] [--html=FILE] [TRACE]...",
     "find the hairpins in a trace, and routes for them", USAGE_ERROR, suggest_options},
    {"probe", uh_command_probe,
     "[-c FILE] [-m DEST=TARGET]... [--original] [--timeout=MS] [--json] [--noheadings] "
     "[ROUTE]...",
     "connect to the targets of routes, and tell who answers", USAGE_ERROR, probe_options},
    {"trace", uh_command_trace,
     "[-f] [-q] [-o FILE] [--json | --csv] [--noheadings] [--html=FILE] [-c FILE] [-m "
     "DEST=TARGET]... "
     "[-l LEVEL[:PLACE]] [--] "
     "COMMAND [ARG]...",
     "run a command and tell where it connects to, and how long that takes", RUN_FAILED,
     trace_options},
    {"stats", uh_command_stats, "[-w] [--json | --prometheus | --reset] [--noheadings]",
     "tell how often each route was used, and how often that failed", USAGE_ERROR,
     stats_options},
    {NULL, NULL, NULL, NULL, 0, NULL},
};

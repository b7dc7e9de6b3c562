/* SPDX-License-Identifier: MIT */
/* trace.c: `unhairpin trace`: records the connections and datagrams of a command, or of what
 * runs. */
#include <errno.h>
#include <fnmatch.h>
#include <getopt.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "command/cli/diag.h"
#include "command/cli/options.h"
#include "command/launch/child.h"
#include "command/launch/preload_env.h"
#include "trace_output.h"
#include "trace_running.h"

enum { MAX_SECONDS = 86400 * 365 };

/* The options, and the state of the trace. */
struct trace {
	struct uh_preload_env launch;
	bool for_command; /* an option of the launch was given */
	bool all;
	pid_t process; /* 0: no option --pid */
	unsigned seconds;
	struct uh_trace_output output;
	struct uh_child child;
};

/* Reads a number from 1 to max into *number. Returns false after reporting another text. */
static bool take_number(const struct uh_command *command, const char *option, long max,
			long *number)
{
	char *end;

	errno = 0;
	*number = strtol(optarg, &end, 10);
	if (errno == 0 && *optarg != '\0' && *end == '\0' && *number >= 1 && *number <= max)
		return true;
	uh_usage_error(command, "--%s %s: expected a number, 1 to %ld", option, optarg, max);
	return false;
}

static bool take_output_option(int key, struct uh_trace_output *output)
{
	switch (key) {
	case 'f':
		return output->follow = true;
	case 'o':
		output->path = optarg;
		return true;
	case UH_KEY_JSON:
		return output->json = true;
	case UH_KEY_HTML:
		output->page = optarg;
		return true;
	case UH_KEY_NOHEADINGS:
		return output->no_headings = true;
	case UH_KEY_CSV:
		return output->csv = true;
	default:
		return false;
	}
}

static bool take_option(const struct uh_command *command, int key, struct trace *trace)
{
	long number;

	if (take_output_option(key, &trace->output))
		return true;
	switch (key) {
	case UH_KEY_ALL:
		return trace->all = true;
	case UH_KEY_PID:
		if (!take_number(command, "pid", INT_MAX, &number))
			return false;
		trace->process = (pid_t)number;
		return true;
	case UH_KEY_SECONDS:
		if (!take_number(command, "seconds", MAX_SECONDS, &number))
			return false;
		trace->seconds = (unsigned)number;
		return true;
	default:
		trace->for_command |= key != 'q';
		return uh_preload_env_option(command, key, &trace->launch);
	}
}

/* Says once that the trace goes on after its command. */
static void tell_descendants(struct trace *trace, const char *name)
{
	if (!trace->launch.quiet)
		uh_error("%s has ended; what it started is traced until it ends (Ctrl-C ends "
			 "the trace)",
			 name);
}

/*
 * Collects until the command and its descendants have ended, a signal ends the waiting
 * (child.h), or the time is over.
 */
static void follow(struct trace *trace, const char *name)
{
	struct pollfd ready[] = {{.fd = trace->child.signals, .events = POLLIN},
				 {.fd = trace->output.collector.waiting, .events = POLLIN}};
	uint64_t end = uh_clock_ms() + 1000ull * trace->seconds, descendants = 0;
	bool ended = false, told = false;

	while (!ended && (!trace->seconds || uh_clock_ms() < end)) {
		poll(ready, 2, trace->seconds || (trace->child.ended && !told) ? 100 : -1);
		uh_collector_read(&trace->output.collector);
		if (ready[0].revents)
			ended = uh_child_attend(&trace->child);
		if (trace->child.ended && !descendants)
			descendants = uh_clock_ms();
		if (!ended && descendants && !told && uh_clock_ms() > descendants + 1000) {
			tell_descendants(trace, name);
			told = true;
		}
	}
	uh_collector_drain(&trace->output.collector);
}

static int run_command(struct trace *trace, char *const argv[])
{
	/* With --json and --csv standard output is for the trace alone. */
	int to = trace->output.json || trace->output.csv ? STDERR_FILENO : STDOUT_FILENO;
	int status;

	uh_preload_env_warn(&trace->launch, argv[0]);
	status = uh_child_start(&trace->child, argv, to);
	if (status)
		return status;
	uh_trace_output_begin(&trace->output, argv);
	follow(trace, argv[0]);
	if (!uh_trace_output_report(&trace->output))
		return UH_LAUNCH_FAILED;
	return uh_child_status(&trace->child);
}

static int trace_command(struct trace *trace, char *const argv[])
{
	int status = UH_LAUNCH_FAILED;

	if (uh_trace_output_open(&trace->output, NULL) &&
	    uh_preload_env_put_all(&trace->launch) &&
	    uh_preload_env_put(UH_TRACE_VARIABLE, trace->output.collector.variable))
		status = run_command(trace, argv);
	uh_trace_output_close(&trace->output);
	return status;
}

/* True if the only operand names a unit. "--" stands before a command of such a name. */
static bool is_unit(int argc, char *const argv[])
{
	return optind == argc - 1 && strcmp(argv[optind - 1], "--") != 0 &&
	       fnmatch("?*.service", argv[optind], FNM_PATHNAME) == 0;
}

static int trace_subject(const struct uh_command *command, struct trace *trace, int argc,
			 char **argv)
{
	const struct uh_trace_output *output = &trace->output;
	const bool unit = is_unit(argc, argv), running = trace->all || trace->process || unit;

	if (output->json + output->csv + (output->path && output->json) > 1)
		return uh_usage_error(command, "--json cannot be combined with --csv or -o");
	if (trace->all + (trace->process != 0) + (optind < argc) != 1)
		return uh_usage_error(command,
				      "expected one of COMMAND, UNIT.service, --pid and --all");
	if (running && trace->for_command)
		return uh_usage_error(command, "-c, -m and -l are for a COMMAND alone");
	if (!running)
		return trace_command(trace, argv + optind);
	return uh_trace_running(&trace->output, unit ? argv[optind] : NULL, trace->process,
				trace->seconds);
}

int uh_command_trace(const struct uh_command *command, int argc, char **argv)
{
	struct trace trace = {0};
	int key, status = UH_LAUNCH_FAILED;

	if (!uh_preload_env_begin(&trace.launch))
		return UH_LAUNCH_FAILED;
	while ((key = uh_option_next(command, argc, argv)) > 0)
		if (!take_option(command, key, &trace))
			goto out;
	status = key < 0 ? uh_option_status(command, key)
			 : trace_subject(command, &trace, argc, argv);
out:
	uh_preload_env_end(&trace.launch);
	if (ferror(stdout))
		uh_output_end_if_closed(stdout);
	return status;
}

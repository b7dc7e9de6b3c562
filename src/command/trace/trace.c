/* SPDX-License-Identifier: MIT */
/* trace.c: `unhairpin trace`, which tells of every connection that a command makes. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "collector.h"
#include "command/launch/child.h"
#include "command/cli/columns.h"
#include "command/launch/preload_env.h"
#include "command/trace/page/page.h"
#include "print_trace.h"

/* What the options ask for, and what there is by now. */
struct trace {
	struct uh_preload_env launch;
	bool follow, json, csv, colours;
	const char *output; /* the file for the trace, or NULL */
	FILE *file;	    /* where the trace goes, or NULL */
	int error;	    /* of the first line that could not be written there, or 0 */
	const char *page;   /* the file for the page, or NULL */
	FILE *lines;	    /* the trace again, for the page */
	struct uh_aggregate *tally;
	struct uh_collector channel;
	struct uh_child child;
};

static bool take_option(const struct uh_command *command, int key, struct trace *trace)
{
	switch (key) {
	case 'f':
		trace->follow = true;
		return true;
	case 'o':
		trace->output = optarg;
		return true;
	case UH_KEY_JSON:
		trace->json = true;
		return true;
	case UH_KEY_HTML:
		trace->page = optarg;
		return true;
	case UH_KEY_CSV:
		trace->csv = true;
		return true;
	default:
		return uh_preload_env_option(command, key, &trace->launch);
	}
}

/* Line by line, so that whoever looks in the meantime sees whole connections. */
static bool open_file(struct trace *trace)
{
	if (trace->json)
		trace->file = stdout;
	else if (!trace->output)
		return true;
	else
		trace->file = fopen(trace->output, "we");
	if (trace->file)
		return setvbuf(trace->file, NULL, _IOLBF, BUFSIZ) == 0;
	uh_error("%s: %s", trace->output, strerror(errno));
	return false;
}

/* A page is made when all is known; the trace itself may have gone to a pipe. */
static bool open_lines(struct trace *trace)
{
	if (!trace->page)
		return true;
	trace->lines = tmpfile();
	if (!trace->lines)
		uh_error("%s: %s", trace->page, strerror(errno));
	return trace->lines;
}

/* stdio remembers that a write failed, but not why. */
static void note_error(struct trace *trace, FILE *file)
{
	if (!trace->error && ferror(file))
		trace->error = errno;
}

static bool take_event(void *context, const struct uh_event *event)
{
	struct trace *trace = context;

	if (trace->file) {
		uh_trace_event(trace->file, event);
		note_error(trace, trace->file);
	}
	if (trace->lines)
		uh_trace_event(trace->lines, event);
	if (trace->follow)
		uh_trace_live(stderr, event, trace->colours);
	if (uh_aggregate_add(trace->tally, event))
		return true;
	trace->channel.lost++;
	return true;
}

/* Until the command has ended, or is not waited for any longer. */
static void follow(struct trace *trace)
{
	struct pollfd ready[] = {{.fd = trace->child.signals, .events = POLLIN},
				 {.fd = trace->channel.waiting, .events = POLLIN}};
	bool ended = false;

	while (!ended) {
		poll(ready, 2, -1);
		uh_collector_read(&trace->channel, take_event, trace);
		if (ready[0].revents)
			ended = uh_child_attend(&trace->child);
	}
	uh_collector_drain(&trace->channel, take_event, trace);
}

static bool is_written(struct trace *trace, FILE *file, const char *name)
{
	if (fflush(file) == 0 && !ferror(file))
		return true;
	uh_error("%s: %s", name, strerror(trace->error ? trace->error : errno));
	trace->error = 0;
	return false;
}

/* The table, or the CSV file; with --json all has been said. */
static bool report(struct trace *trace)
{
	size_t rows;
	struct uh_aggregate_row *const *row = uh_aggregate_finish(trace->tally, &rows);
	bool good = row;

	if (row && trace->csv) {
		uh_trace_csv(stdout, row, rows);
		if (!trace->file)
			note_error(trace, stdout);
	} else if (row && !trace->json)
		good = uh_trace_table(stderr, row, rows, trace->channel.lost);
	else if (trace->channel.lost)
		uh_error("trace: %lu connections were lost on the way here",
			 trace->channel.lost);
	if (!good)
		uh_error("%s", strerror(ENOMEM));
	if (trace->output)
		good = is_written(trace, trace->file, trace->output) && good;
	if (trace->page)
		good = uh_page_of_lines(trace->page, trace->lines) && good;
	return is_written(trace, stdout, "standard output") && good;
}

/* Standard output is the report's alone where it is for a program to read. */
static int trace_command(struct trace *trace, char *const argv[])
{
	int output = trace->json || trace->csv ? STDERR_FILENO : STDOUT_FILENO;
	int status;

	uh_preload_env_warn(&trace->launch, argv[0]);
	status = uh_child_start(&trace->child, argv, output);

	if (status)
		return status;
	uh_output_begin();
	trace->colours = uh_has_colours(stderr);
	if (trace->file) {
		uh_trace_header(trace->file, argv, time(NULL));
		note_error(trace, trace->file);
	}
	if (trace->lines)
		uh_trace_header(trace->lines, argv, time(NULL));
	follow(trace);
	if (!report(trace))
		return UH_LAUNCH_FAILED;
	return uh_child_status(&trace->child);
}

static int prepare_and_trace(struct trace *trace, char *const argv[])
{
	int status = UH_LAUNCH_FAILED;

	trace->tally = uh_aggregate_new();
	if (!trace->tally)
		uh_error("%s", strerror(errno));
	else if (uh_collector_open(&trace->channel)) {
		if (uh_preload_env_put_all(&trace->launch) &&
		    uh_preload_env_put(UH_TRACE_VARIABLE, trace->channel.variable) &&
		    open_file(trace) && open_lines(trace))
			status = trace_command(trace, argv);
		uh_collector_close(&trace->channel);
	}
	uh_aggregate_free(trace->tally);
	return status;
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
	if (key < 0)
		status = uh_option_status(command, key);
	else if (optind == argc)
		uh_usage_error(command, "expected a COMMAND");
	else if (trace.json + trace.csv + (trace.output && trace.json) > 1)
		uh_usage_error(command, "--json cannot be combined with --csv or -o");
	else
		status = prepare_and_trace(&trace, argv + optind);
out:
	uh_preload_env_end(&trace.launch);
	return status;
}

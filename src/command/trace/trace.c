/* SPDX-License-Identifier: MIT */
/* trace.c: `unhairpin trace`, which records the connections and datagrams of a command. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "collector.h"
#include "command/cli/columns.h"
#include "command/launch/child.h"
#include "command/launch/preload_env.h"
#include "command/trace/page/page.h"
#include "print_trace.h"
#include "command/cli/options.h"
#include "command/cli/diag.h"

/* The options, and the state of the trace. */
struct trace {
	struct uh_preload_env launch;
	bool follow, json, csv, no_headings, colours;
	const char *output; /* the file for the trace, or NULL */
	FILE *file;	    /* where the trace goes, or NULL */
	int error;	    /* errno of the first line that could not be written there, or 0 */
	const char *page;   /* the file for the page, or NULL */
	bool keeps;	    /* table, CSV file or page need the connections in memory */
	bool is_full;	    /* memory ran out for the connections */
	struct uh_trace recorded;
	struct uh_collector collector;
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
	case UH_KEY_NOHEADINGS:
		return trace->no_headings = true;
	case UH_KEY_CSV:
		trace->csv = true;
		return true;
	default:
		return uh_preload_env_option(command, key, &trace->launch);
	}
}

/* The file is written line by line, so that a reader sees whole connections at any time. */
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

/* Keeps errno of a failed write: stdio remembers only that a write failed. */
static void note_error(struct trace *trace, FILE *file)
{
	if (!trace->error && ferror(file))
		trace->error = errno;
}

static void follow_one(const struct trace *trace, const struct uh_connection *connection)
{
	if (trace->follow)
		uh_trace_print_live(stderr, connection, trace->colours);
}

/* Called for the first datagram to a destination. */
static void take_first(void *context, const struct uh_connection *datagrams)
{
	follow_one(context, datagrams);
}

/* Called for each connection as soon as its outcome is known, and in the end for each
 * destination of datagrams. */
static void take_connection(void *context, const struct uh_connection *connection)
{
	struct trace *trace = context;
	bool good = !trace->file || uh_trace_print_json(trace->file, connection);

	if (trace->file)
		note_error(trace, trace->file);
	if (!connection->datagrams)
		follow_one(trace, connection);
	if (trace->keeps && !trace->is_full)
		trace->is_full = !uh_trace_add(&trace->recorded, connection);
	trace->collector.lost += !good || trace->is_full;
}

/* Collects until the command has ended, or a second signal ends the waiting. */
static void follow(struct trace *trace)
{
	struct pollfd ready[] = {{.fd = trace->child.signals, .events = POLLIN},
				 {.fd = trace->collector.waiting, .events = POLLIN}};
	bool ended = false;

	while (!ended) {
		poll(ready, 2, -1);
		uh_collector_read(&trace->collector);
		if (ready[0].revents)
			ended = uh_child_attend(&trace->child);
	}
	uh_collector_drain(&trace->collector);
}

static bool is_written(struct trace *trace, FILE *file, const char *name)
{
	if (fflush(file) == 0 && !ferror(file))
		return true;
	uh_error("%s: %s", name, strerror(trace->error ? trace->error : errno));
	trace->error = 0;
	return false;
}

static bool print_groups(struct trace *trace)
{
	struct uh_groups groups;
	bool good = uh_group(&trace->recorded, UH_BY_WAY, &groups);

	if (good && trace->csv) {
		good = uh_trace_print_csv(stdout, &groups, !trace->no_headings);
		if (!trace->file)
			note_error(trace, stdout);
	} else if (good) {
		good = uh_trace_print_table(stderr, &groups, !trace->no_headings,
					    trace->collector.lost);
	}
	uh_groups_free(&groups);
	return good;
}

/* Writes the table, the CSV file and the page, as the options ask for them. */
static bool report(struct trace *trace)
{
	unsigned long lost = trace->collector.lost;
	bool good = trace->json || print_groups(trace);

	if (lost && (trace->json || trace->csv))
		uh_error("trace: %lu connection%s not recorded", lost,
			 lost == 1 ? " was" : "s were");
	if (trace->output)
		good = is_written(trace, trace->file, trace->output) && good;
	if (trace->page)
		good = uh_page_write_here(trace->page, &trace->recorded) && good;
	return is_written(trace, stdout, "standard output") && good;
}

/* Sets the host and the time at which the trace starts. Returns false if memory ran out. */
static bool start_record(struct uh_trace *trace)
{
	char host[256] = "", started[32] = "";
	time_t now = time(NULL);
	struct tm parts;

	gethostname(host, sizeof(host) - 1);
	if (gmtime_r(&now, &parts))
		strftime(started, sizeof(started), "%Y-%m-%dT%H:%M:%SZ", &parts);
	trace->host = uh_trace_intern(trace, host);
	trace->started = uh_trace_intern(trace, started);
	if (trace->host && trace->started)
		return true;
	uh_error("%s", strerror(errno));
	return false;
}

static int run_command(struct trace *trace, char *const argv[])
{
	/* With --json and --csv standard output is for the trace alone. */
	int output = trace->json || trace->csv ? STDERR_FILENO : STDOUT_FILENO;
	int status;

	uh_preload_env_warn(&trace->launch, argv[0]);
	status = uh_child_start(&trace->child, argv, output);
	if (status)
		return status;
	uh_output_begin();
	trace->colours = uh_has_colours(stderr);
	trace->keeps = !trace->json || trace->page;
	if (trace->file) {
		uh_trace_print_header(trace->file, &trace->recorded, argv);
		note_error(trace, trace->file);
	}
	follow(trace);
	if (!report(trace))
		return UH_LAUNCH_FAILED;
	return uh_child_status(&trace->child);
}

static int prepare_and_run(struct trace *trace, char *const argv[])
{
	int status = UH_LAUNCH_FAILED;

	/* One write(2) for each line, because the program may write to the same place. */
	if (trace->follow)
		setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
	if (start_record(&trace->recorded) &&
	    uh_collector_open(&trace->collector, &trace->recorded, take_connection, take_first,
			      trace)) {
		if (uh_preload_env_put_all(&trace->launch) &&
		    uh_preload_env_put(UH_TRACE_VARIABLE, trace->collector.variable) &&
		    open_file(trace))
			status = run_command(trace, argv);
		uh_collector_close(&trace->collector);
	}
	uh_trace_free(&trace->recorded);
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
		status = prepare_and_run(&trace, argv + optind);
out:
	uh_preload_env_end(&trace.launch);
	return status;
}

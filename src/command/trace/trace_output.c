/* SPDX-License-Identifier: MIT */
/* trace_output.c: writes a trace as it goes on, and its report in the end. */
#include "trace_output.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command/cli/columns.h"
#include "command/cli/diag.h"
#include "command/trace/page/page.h"
#include "print_trace.h"

/* The file is written line by line, so that a reader sees whole connections at any time. */
static bool open_file(struct uh_trace_output *output)
{
	if (output->json)
		output->file = stdout;
	else if (!output->path)
		return true;
	else
		output->file = fopen(output->path, "we");
	if (output->file)
		return setvbuf(output->file, NULL, _IOLBF, BUFSIZ) == 0;
	uh_error("%s: %s", output->path, strerror(errno));
	return false;
}

/* Keeps errno of a failed write: stdio remembers only that a write failed. */
static void note_error(struct uh_trace_output *output, FILE *file)
{
	if (!output->error && ferror(file))
		output->error = errno;
}

static void follow_one(const struct uh_trace_output *output,
		       const struct uh_connection *connection)
{
	if (output->follow)
		uh_trace_print_live(stderr, connection, output->colours);
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
	struct uh_trace_output *output = context;
	bool good = !output->file || uh_trace_print_json(output->file, connection);

	if (output->file)
		note_error(output, output->file);
	if (!connection->datagrams)
		follow_one(output, connection);
	if (output->keeps && !output->is_full)
		output->is_full = !uh_trace_add(&output->recorded, connection);
	output->collector.lost += !good || output->is_full;
}

static bool is_written(struct uh_trace_output *output, FILE *file, const char *name)
{
	if (fflush(file) == 0 && !ferror(file))
		return true;
	if (!uh_output_is_closed(file))
		uh_error("%s: %s", name, strerror(output->error ? output->error : errno));
	output->error = 0;
	return false;
}

static bool print_groups(struct uh_trace_output *output)
{
	struct uh_groups groups;
	bool good = uh_group(&output->recorded, UH_BY_WAY, &groups);

	if (good && output->csv) {
		good = uh_trace_print_csv(stdout, &groups, !output->no_headings);
		if (!output->file)
			note_error(output, stdout);
	} else if (good) {
		good = uh_trace_print_table(stderr, &groups, !output->no_headings,
					    output->collector.lost);
	}
	uh_groups_free(&groups);
	return good;
}

bool uh_trace_output_report(struct uh_trace_output *output)
{
	unsigned long lost = output->collector.lost;
	bool good = output->json || print_groups(output);

	if (lost && (output->json || output->csv))
		uh_error("trace: %lu connection%s not recorded", lost,
			 lost == 1 ? " was" : "s were");
	if (output->path)
		good = is_written(output, output->file, output->path) && good;
	if (output->page)
		good = uh_page_write_here(output->page, &output->recorded) && good;
	return is_written(output, stdout, "standard output") && good;
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

bool uh_trace_output_open(struct uh_trace_output *output, struct uh_selection *selection)
{
	/* One write(2) for each line, because the program may write to the same place. */
	if (output->follow)
		setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
	if (!start_record(&output->recorded) ||
	    !uh_collector_open(&output->collector, &output->recorded, selection,
			       take_connection, take_first, output))
		return false;
	output->is_open = true;
	return open_file(output);
}

void uh_trace_output_close(struct uh_trace_output *output)
{
	if (output->is_open)
		uh_collector_close(&output->collector);
	uh_trace_free(&output->recorded);
}

void uh_trace_output_begin(struct uh_trace_output *output, char *const words[])
{
	uh_output_begin();
	output->colours = uh_has_colours(stderr);
	output->keeps = !output->json || output->page;
	if (!output->file)
		return;
	uh_trace_print_header(output->file, &output->recorded, words);
	note_error(output, output->file);
}

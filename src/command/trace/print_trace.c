/* SPDX-License-Identifier: MIT */
/* print_trace.c: how a trace is written. */
#include "print_trace.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/cli/columns.h"
#include "base/errno_name.h"
#include "base/journal.h"
#include "command/cli/json.h"
#include "command/cli/quote.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

/* By number where it is neither. MPTCP is TCP to whoever answers, and to routes. */
static const char *protocol_name(uint16_t protocol, char text[8])
{
	if (protocol == IPPROTO_TCP || protocol == IPPROTO_MPTCP)
		return "tcp";
	if (protocol == IPPROTO_UDP)
		return "udp";
	snprintf(text, 8, "%u", protocol);
	return text;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static const char *result_name(int error)
{
	switch (error) {
	case UH_AGGREGATE_OTHERS:
		return "others";
	case UH_TRACE_FAILED:
		return "failed";
	case UH_TRACE_UNKNOWN:
		return "unknown";
	default:
		return uh_error_name(error);
	}
}

void uh_trace_header(FILE *out, char *const command[], time_t started)
{
	char host[256] = "", time[32] = "";
	struct tm parts;

	gethostname(host, sizeof(host) - 1);
	if (gmtime_r(&started, &parts))
		strftime(time, sizeof(time), "%Y-%m-%dT%H:%M:%SZ", &parts);
	fprintf(out, "{\"unhairpin_trace\":1,\"version\":");
	uh_json_text(out, UH_VERSION);
	fprintf(out, ",\"host\":");
	uh_json_text(out, host);
	fprintf(out, ",\"started\":\"%s\",\"command\":[", time);
	for (size_t i = 0; command[i]; i++) {
		if (i)
			fputc(',', out);
		uh_json_text(out, command[i]);
	}
	fprintf(out, "]}\n");
}

static void put_member(FILE *out, const char *name, const char *value)
{
	if (!*value)
		return;
	fprintf(out, ",\"%s\":", name);
	uh_json_text(out, value);
}

void uh_trace_event(FILE *out, const struct uh_event *event)
{
	char address[UH_ADDRESS_TEXT], protocol[8];

	fprintf(out, "{\"time\":%.6f,\"pid\":%u", event->time, event->process);
	put_member(out, "program", event->program);
	fprintf(out, ",\"user\":%u", event->user);
	put_member(out, "name", event->name);
	put_member(out, "address", uh_address_format(&event->asked.address, address));
	fprintf(out, ",\"port\":%u,\"protocol\":\"%s\"", event->asked.port,
		protocol_name(event->protocol, protocol));
	if (event->microseconds >= 0)
		fprintf(out, ",\"microseconds\":%.1f", event->microseconds);
	put_member(out, "result", result_name(event->error));
	put_member(out, "route", event->route);
	put_member(out, "place", event->place);
	put_member(out, "target", event->target);
	fprintf(out, "}\n");
}

/* Copies what is to be printed in a line that nothing may break. */
static const char *plain(const char *text, char *copy, size_t size)
{
	snprintf(copy, size, "%s", text);
	return uh_journal_plain(copy);
}

void uh_trace_live(FILE *out, const struct uh_event *event, bool colours)
{
	char asked[UH_ENDPOINT_TEXT], protocol[8], text[512];
	const char *shade = !colours			  ? ""
			    : uh_is_failure(event->error) ? "\033[31m"
			    : *event->target		  ? "\033[32m"
							  : "";

	fprintf(out, "%9.3f  %s", event->time, shade);
	if (*event->name)
		fprintf(out, "%s ", plain(event->name, text, sizeof(text)));
	fprintf(out, "%s %s %s", uh_endpoint_format(&event->asked, asked),
		protocol_name(event->protocol, protocol), result_name(event->error));
	if (event->microseconds >= 0)
		fprintf(out, " %.3f ms", event->microseconds / 1000);
	if (*event->target)
		fprintf(out, " to %s", plain(event->target, text, sizeof(text)));
	fprintf(out, "%s  %s[%u]\n", *shade ? "\033[0m" : "",
		plain(base_name(event->program), text, sizeof(text)), event->process);
}

/* "2 ECONNREFUSED, 1 ETIMEDOUT" into text, "" where none failed. */
static const char *failures(const struct uh_aggregate_row *row, const char *between, char *text,
			    size_t size)
{
	size_t used = 0;

	*text = '\0';
	for (int i = 0; i < UH_AGGREGATE_ERRORS && row->failure[i].count && used < size; i++)
		used +=
		    (size_t)snprintf(text + used, size - used, "%s%lu %s", i ? between : "",
				     row->failure[i].count, result_name(row->failure[i].error));
	return text;
}

/* A time that is not known is left out. */
static void add_time(struct uh_columns *columns, const struct uh_aggregate_row *row,
		     double microseconds)
{
	if (row->timed)
		uh_columns_add(columns, UH_PLAIN, "%.3f", microseconds / 1000);
	else
		uh_columns_add(columns, UH_PLAIN, "%s", "");
}

static void add_row(struct uh_columns *columns, const struct uh_aggregate_row *row)
{
	const struct uh_event *event = &row->first;
	char asked[UH_ENDPOINT_TEXT], protocol[8], text[256];

	uh_columns_add(columns, UH_PLAIN, "%s", event->name);
	uh_columns_add(columns, UH_PLAIN, "%s", uh_endpoint_format(&event->asked, asked));
	uh_columns_add(columns, UH_PLAIN, "%s", protocol_name(event->protocol, protocol));
	uh_columns_add(columns, UH_PLAIN, "%lu", row->connections);
	add_time(columns, row, row->median);
	add_time(columns, row, row->p99);
	uh_columns_add(columns, row->failed ? UH_BAD : UH_PLAIN, "%s",
		       failures(row, ", ", text, sizeof(text)));
	snprintf(text, sizeof(text), "%lu", row->unknown);
	uh_columns_add(columns, UH_PLAIN, "%s", row->unknown ? text : "");
	uh_columns_add(columns, *event->target ? UH_GOOD : UH_PLAIN, "%s", event->target);
	uh_columns_add(columns, UH_PLAIN, "%s", event->place);
	uh_columns_add(columns, UH_PLAIN, "%s", base_name(event->program));
}

static void put_sum(FILE *out, struct uh_aggregate_row *const *row, size_t rows,
		    unsigned long lost)
{
	unsigned long connections = 0, routed = 0, failed = 0, unknown = 0;

	for (size_t i = 0; i < rows; i++) {
		connections += row[i]->connections;
		failed += row[i]->failed;
		unknown += row[i]->unknown;
		if (*row[i]->first.target)
			routed += row[i]->connections;
	}
	fprintf(out, "%lu connection%s: %lu routed, %lu to where the program asked; %lu failed",
		connections, connections == 1 ? "" : "s", routed, connections - routed, failed);
	if (unknown)
		fprintf(out, ", %lu unknown", unknown);
	if (lost)
		fprintf(out, "; %lu more lost on the way here", lost);
	fputc('\n', out);
}

bool uh_trace_table(FILE *out, struct uh_aggregate_row *const *row, size_t rows,
		    unsigned long lost)
{
	static const char *const title[] = {"NAME",	 "ADDRESS", "PROTOCOL", "COUNT",
					    "MEDIAN MS", "P99 MS",  "FAILED",	"UNKNOWN",
					    "ROUTED TO", "BY",	    "PROGRAM"};
	static const bool right[] = {
	    [3] = true, [4] = true, [5] = true, [7] = true, [10] = false};
	struct uh_columns *columns;
	bool good = true;

	if (rows) {
		columns = uh_columns_new(title, right, sizeof(title) / sizeof(*title));
		for (size_t i = 0; i < rows; i++)
			add_row(columns, row[i]);
		good = uh_columns_print(columns, out, uh_has_colours(out));
		uh_columns_free(columns);
	}
	put_sum(out, row, rows, lost);
	return good;
}

static void put_csv_texts(FILE *out, const char *const *text, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		fputc(',', out);
		uh_put_csv(out, text[i]);
	}
}

static void put_csv_row(FILE *out, const struct uh_aggregate_row *row)
{
	const struct uh_event *event = &row->first;
	char address[UH_ADDRESS_TEXT], protocol[8], text[256];
	const char *const last[] = {failures(row, " ", text, sizeof(text)), event->route,
				    event->place, event->target, event->program};

	uh_put_csv(out, event->name);
	fprintf(out, ",%s,%u,%s,%lu,", uh_address_format(&event->asked.address, address),
		event->asked.port, protocol_name(event->protocol, protocol), row->connections);
	if (row->timed)
		fprintf(out, "%.1f,%.1f", row->median, row->p99);
	else
		fputc(',', out);
	fprintf(out, ",%lu", row->failed);
	put_csv_texts(out, last, sizeof(last) / sizeof(*last));
	fprintf(out, ",%lu\r\n", row->unknown);
}

void uh_trace_csv(FILE *out, struct uh_aggregate_row *const *row, size_t rows)
{
	fputs("name,address,port,protocol,connections,median_microseconds,p99_microseconds,"
	      "failed,errors,route,place,target,program,unknown\r\n",
	      out);
	for (size_t i = 0; i < rows; i++)
		put_csv_row(out, row[i]);
}

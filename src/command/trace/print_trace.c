/* SPDX-License-Identifier: MIT */
/* print_trace.c: writes a trace as JSON lines, as a table and as CSV. */
#include "print_trace.h"

#include <inttypes.h>
#include <string.h>

#include "base/journal.h"
#include "command/cli/columns.h"
#include "command/cli/json.h"
#include "command/cli/quote.h"
#include "command/trace/connections/latency.h"

bool uh_trace_print_header(FILE *out, const struct uh_trace *trace, char *const command[])
{
	json_t *arguments = json_array();

	for (size_t i = 0; command[i]; i++)
		json_array_append_new(arguments, uh_json_string(command[i]));
	return uh_json_print(
	    out, json_pack("{s:i, s:s, s:o, s:o, s:o}", "unhairpin_trace", 1, "version",
			   UH_VERSION, "host", uh_json_string(trace->host), "started",
			   uh_json_string(trace->started), "command", arguments));
}

bool uh_trace_print_json(FILE *out, const struct uh_connection *connection)
{
	char address[UH_ADDRESS_TEXT], protocol[8];
	json_t *microseconds =
	    connection->microseconds < 0 ? NULL : uh_json_decimal(connection->microseconds);
	json_t *datagrams =
	    connection->datagrams ? json_integer((json_int_t)connection->datagrams) : NULL;

	uh_address_format(&connection->to.address, address);
	return uh_json_print(
	    out,
	    json_pack(
		"{s:f, s:I, s:o*, s:I, s:o*, s:s, s:i, s:s, s:o*, s:o*, s:s, s:o*, s:o*, s:o*}",
		"time", (double)(int64_t)(connection->time * 1e6 + 0.5) / 1e6, "pid",
		(json_int_t)connection->process, "program",
		uh_json_optional(connection->program), "user", (json_int_t)connection->user,
		"name", uh_json_optional(connection->name), "address", address, "port",
		connection->to.port, "protocol",
		uh_ip_protocol_format(connection->protocol, protocol), "microseconds",
		microseconds, "datagrams", datagrams, "result",
		uh_result_name(connection->error), "route", uh_json_optional(connection->route),
		"place", uh_json_optional(connection->place), "target",
		uh_json_optional(connection->target)));
}

/* Copies a text for output as a part of one line. */
static const char *plain(const char *text, char *copy, size_t size)
{
	snprintf(copy, size, "%s", text);
	return uh_journal_plain(copy);
}

void uh_trace_print_live(FILE *out, const struct uh_connection *connection, bool colours)
{
	char endpoint[UH_ENDPOINT_TEXT], protocol[8], text[512];
	const char *shade = !colours			       ? ""
			    : uh_is_failure(connection->error) ? "\033[31m"
			    : connection->target	       ? "\033[32m"
							       : "";

	fprintf(out, "%9.3f  %s", connection->time, shade);
	if (connection->name)
		fprintf(out, "%s ", plain(connection->name, text, sizeof(text)));
	fprintf(out, "%s %s %s", uh_endpoint_format(&connection->to, endpoint),
		uh_ip_protocol_format(connection->protocol, protocol),
		uh_result_name(connection->error));
	if (connection->datagrams)
		fputs(" (first datagram)", out);
	if (connection->microseconds >= 0)
		fprintf(out, " %.3f ms", connection->microseconds / 1000);
	if (connection->target)
		fprintf(out, " to %s", plain(connection->target, text, sizeof(text)));
	fprintf(out, "%s  %s[%u]\n", *shade ? "\033[0m" : "",
		plain(uh_program_name(connection->program), text, sizeof(text)),
		connection->process);
}

/* Formats "2 ECONNREFUSED, 1 ETIMEDOUT", or "" if none failed. */
static const char *format_failures(const struct uh_times *times, const char *between,
				   char *text, size_t size)
{
	const struct uh_failures *failure = times->failure;
	size_t used = 0;

	*text = '\0';
	for (int i = 0; i < UH_FAILURES && failure[i].count && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%" PRIu64 " %s",
					 i ? between : "", failure[i].count,
					 failure[i].error == UH_OTHER_FAILURES
					     ? "others"
					     : uh_result_name(failure[i].error));
	return text;
}

static void add_text(struct uh_columns *columns, enum uh_shade shade, const char *text)
{
	uh_columns_add(columns, shade, "%s", text ? text : "");
}

static void add_time(struct uh_columns *columns, bool known, double microseconds)
{
	if (known)
		uh_columns_add(columns, UH_PLAIN, "%.3f", microseconds / 1000);
	else
		add_text(columns, UH_PLAIN, NULL);
}

static void add_row(struct uh_columns *columns, const struct uh_connection *first,
		    const struct uh_times *times)
{
	char endpoint[UH_ENDPOINT_TEXT], protocol[8], text[256];

	add_text(columns, UH_PLAIN, first->name);
	add_text(columns, UH_PLAIN, uh_endpoint_format(&first->to, endpoint));
	add_text(columns, UH_PLAIN, uh_ip_protocol_format(first->protocol, protocol));
	if (first->datagrams)
		uh_columns_add(columns, UH_PLAIN, "%" PRIu64 " datagram%s", times->datagrams,
			       times->datagrams == 1 ? "" : "s");
	else
		uh_columns_add(columns, UH_PLAIN, "%zu", times->count);
	add_time(columns, times->timed, times->median);
	add_time(columns, times->timed, times->p99);
	add_text(columns, times->failed ? UH_BAD : UH_PLAIN,
		 format_failures(times, ", ", text, sizeof(text)));
	snprintf(text, sizeof(text), "%" PRIu64, times->unknown);
	add_text(columns, UH_PLAIN, times->unknown ? text : NULL);
	add_text(columns, first->target ? UH_GOOD : UH_PLAIN, first->target);
	add_text(columns, UH_PLAIN, first->place);
	add_text(columns, UH_PLAIN, uh_program_name(first->program));
}

/* The uses of a kind, connections or datagrams. */
struct sum {
	uint64_t uses, routed, failed, unknown;
};

static void add_up(struct sum *sum, const struct uh_group *group, const struct uh_times *times)
{
	sum->uses += group->uses;
	sum->routed += group->connection[0]->target ? group->uses : 0;
	sum->failed += times->failed;
	sum->unknown += times->unknown;
}

static void print_sum(FILE *out, const char *kind, const struct sum *sum)
{
	fprintf(out,
		"%" PRIu64 " %s%s: %" PRIu64 " routed, %" PRIu64
		" to where the program asked; %" PRIu64 " failed",
		sum->uses, kind, sum->uses == 1 ? "" : "s", sum->routed,
		sum->uses - sum->routed, sum->failed);
	if (sum->unknown)
		fprintf(out, ", %" PRIu64 " unknown", sum->unknown);
}

static void print_sums(FILE *out, const struct sum *connections, const struct sum *datagrams,
		       unsigned long lost)
{
	print_sum(out, "connection", connections);
	if (lost)
		fprintf(out, "; %lu connection%s not recorded", lost,
			lost == 1 ? " was" : "s were");
	fputc('\n', out);
	if (datagrams->uses) {
		print_sum(out, "datagram", datagrams);
		fputc('\n', out);
	}
}

bool uh_trace_print_table(FILE *out, const struct uh_groups *groups, bool headings,
			  unsigned long lost)
{
	static const char *const title[] = {"NAME",	 "ADDRESS", "PROTOCOL", "COUNT",
					    "MEDIAN MS", "P99 MS",  "FAILED",	"UNKNOWN",
					    "ROUTED TO", "BY",	    "PROGRAM"};
	static const bool right[] = {
	    [3] = true, [4] = true, [5] = true, [7] = true, [10] = false};
	struct uh_columns *columns = uh_columns_new(headings ? title : NULL, right, 11);
	struct sum connections = {0}, datagrams = {0};
	struct uh_times times;
	bool good = columns;

	for (size_t i = 0; good && i < groups->count; i++) {
		const struct uh_group *group = &groups->group[i];
		const struct uh_connection *first = group->connection[0];

		good = uh_times_measure(group, UH_TIMED_ALL, &times);
		add_row(columns, first, &times);
		add_up(first->datagrams ? &datagrams : &connections, group, &times);
	}
	if (groups->count)
		good = uh_columns_print(columns, out, uh_has_colours(out)) && good;
	uh_columns_free(columns);
	print_sums(out, &connections, &datagrams, lost);
	return good;
}

static void put_csv(FILE *out, const char *text)
{
	fputc(',', out);
	uh_put_csv(out, text ? text : "");
}

static void print_csv_row(FILE *out, const struct uh_connection *first,
			  const struct uh_times *times)
{
	char address[UH_ADDRESS_TEXT], protocol[8], text[256];

	uh_put_csv(out, first->name ? first->name : "");
	fprintf(out, ",%s,%u,%s,%zu,", uh_address_format(&first->to.address, address),
		first->to.port, uh_ip_protocol_format(first->protocol, protocol), times->count);
	if (times->timed)
		fprintf(out, "%.1f,%.1f", times->median, times->p99);
	else
		fputc(',', out);
	fprintf(out, ",%" PRIu64, times->failed);
	put_csv(out, format_failures(times, " ", text, sizeof(text)));
	put_csv(out, first->route);
	put_csv(out, first->place);
	put_csv(out, first->target);
	put_csv(out, first->program);
	fprintf(out, ",%" PRIu64 ",%" PRIu64 "\r\n", times->unknown, times->datagrams);
}

bool uh_trace_print_csv(FILE *out, const struct uh_groups *groups, bool headings)
{
	struct uh_times times;

	if (headings)
		fputs("name,address,port,protocol,connections,median_microseconds,p99_"
		      "microseconds,"
		      "failed,errors,route,place,target,program,unknown,datagrams\r\n",
		      out);
	for (size_t i = 0; i < groups->count; i++) {
		if (!uh_times_measure(&groups->group[i], UH_TIMED_ALL, &times))
			return false;
		print_csv_row(out, groups->group[i].connection[0], &times);
	}
	return true;
}

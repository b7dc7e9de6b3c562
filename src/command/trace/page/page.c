/* SPDX-License-Identifier: MIT */
/* page.c: the page of a trace, which is page.html with the trace as JSON in it. */
#include "page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command/cli/diag.h"
#include "command/cli/load_table.h"
#include "command/cli/json.h"
#include "command/suggest/hairpin/host.h"
#include "command/suggest/hairpin/destinations.h"
#include "command/suggest/hairpin/classify.h"
#include "command/suggest/hairpin/hairpin.h"

/* page.html; the Makefile links it in, and ld(1) names it so. The data replaces the mark. */
extern const char _binary_page_html_start[], _binary_page_html_end[];
#define MARK "@TRACE@"

/*
 * Finds the destinations that are hairpins. Sets evidence[i] for each connection i that went
 * through one; the strings belong to the array kept. Returns false if memory ran out
 * (reported).
 */
static bool find_hairpins(const struct uh_trace *trace, const struct uh_host *host,
			  json_t *kept, json_t **evidence)
{
	struct uh_groups destinations;
	bool good = uh_trace_destinations(trace, &destinations);

	for (size_t i = 0; good && i < destinations.count; i++) {
		const struct uh_group *group = &destinations.group[i];
		struct uh_hairpin hairpin = {.group = group};
		char *text = NULL;
		size_t size;
		FILE *notes = open_memstream(&text, &size);
		bool is_hairpin =
		    notes && uh_class_is_hairpin(uh_hairpin_classify(host, &hairpin, notes));

		good = notes && fclose(notes) == 0;
		if (good && is_hairpin) {
			text[strcspn(text, "\n")] = '\0';
			json_t *string = uh_json_string(text);

			good = json_array_append_new(kept, string) == 0;
			for (size_t j = 0; good && j < group->count; j++)
				evidence[group->connection[j] - trace->connection] = string;
		}
		free(text);
		if (!good)
			uh_error("%s", strerror(ENOMEM));
	}
	uh_groups_free(&destinations);
	return good;
}

/* Makes a row of the table: connections that differ in time, process, user and outcome only. */
static json_t *make_row(const struct uh_group *group, json_t *evidence)
{
	const struct uh_connection *first = group->connection[0];
	char destination[UH_ENDPOINT_TEXT], protocol[8];
	struct uh_times times;

	if (!uh_times_measure(group, UH_TIMED_CONNECTED, &times))
		return NULL;
	return json_pack(
	    "{s:o, s:o*, s:s, s:s, s:I, s:I, s:I, s:I, s:o*, s:o*, s:o*, s:o*, s:o*, s:O*}",
	    "program", uh_json_string(first->program ? first->program : "?"), "name",
	    uh_json_optional(first->name), "destination",
	    uh_endpoint_format(&first->to, destination), "protocol",
	    uh_ip_protocol_format(first->protocol, protocol), "connections",
	    (json_int_t)times.count, "datagrams", (json_int_t)times.datagrams, "failed",
	    (json_int_t)times.failed, "unknown", (json_int_t)times.unknown, "median",
	    times.timed ? uh_json_decimal(times.median) : NULL, "p99",
	    times.timed ? uh_json_decimal(times.p99) : NULL, "route",
	    uh_json_optional(first->route), "place", uh_json_optional(first->place), "target",
	    uh_json_optional(first->target), "hairpin", evidence);
}

/* Makes the data of the page. Returns NULL if memory ran out (reported). */
static json_t *make_data(const struct uh_trace *trace, const struct uh_host *host)
{
	/* One item more than needed: calloc(0) may be NULL. */
	json_t **evidence = calloc(trace->count + 1, sizeof(json_t *));
	json_t *kept = json_array(), *rows = json_array();
	struct uh_groups groups = {0};
	bool good = evidence && kept && rows && find_hairpins(trace, host, kept, evidence) &&
		    uh_group(trace, UH_BY_WAY, &groups);

	for (size_t i = 0; good && i < groups.count; i++) {
		const struct uh_group *group = &groups.group[i];
		size_t first = (size_t)(group->connection[0] - trace->connection);

		good = json_array_append_new(rows, make_row(group, evidence[first])) == 0;
	}
	json_t *data =
	    good ? json_pack("{s:o*, s:o*, s:O}", "host", uh_json_optional(trace->host),
			     "started", uh_json_optional(trace->started), "rows", rows)
		 : NULL;

	if (!data)
		uh_error("%s", strerror(ENOMEM));
	uh_groups_free(&groups);
	json_decref(rows);
	json_decref(kept);
	free(evidence);
	return data;
}

/*
 * Writes a part of the JSON text. "<" and DEL, which occur in strings only, are written as
 * escapes, so that no string ends the script element or begins a comment in it.
 */
static int write_part(const char *part, size_t size, void *out)
{
	for (size_t i = 0; i < size; i++)
		if (part[i] == '<' || part[i] == 0x7f)
			fprintf(out, "\\u%04x", part[i]);
		else
			fputc(part[i], out);
	return 0;
}

bool uh_page_write(const char *file, const struct uh_trace *trace, const struct uh_host *host)
{
	const char *start = _binary_page_html_start, *end = _binary_page_html_end;
	const char *mark = memmem(start, (size_t)(end - start), MARK, strlen(MARK));
	const char *rest = mark + strlen(MARK);
	json_t *data = NULL;
	FILE *out = fopen(file, "we");
	bool good = false;

	if (!out) {
		uh_error("%s: %s", file, strerror(errno));
		return false;
	}
	data = make_data(trace, host);
	if (data) {
		fwrite(start, 1, (size_t)(mark - start), out);
		json_dump_callback(data, write_part, out,
				   JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15));
		fwrite(rest, 1, (size_t)(end - rest), out);
		good = fflush(out) == 0 && !ferror(out);
		/* errno may be that of an earlier write: no call has succeeded since. */
		if (!good)
			uh_error("%s: %s", file, strerror(errno));
	}
	json_decref(data);
	fclose(out);
	return good;
}

bool uh_page_write_here(const char *file, const struct uh_trace *trace)
{
	struct uh_table_request source = {.routes = getenv("UNHAIRPIN_ROUTES"),
					  .check_owner = true};
	struct uh_host host = {0};
	bool good = uh_timed_connect_begin() && uh_table_request_default(&source) &&
		    uh_host_read(&host, &source) && uh_page_write(file, trace, &host);

	uh_host_free(&host);
	return good;
}

/* SPDX-License-Identifier: MIT */
/* page.c: the page of a trace: its head, sums and table; graph.c draws the picture. */
#include "page.h"

#include <string.h>

/* What the page says first. */
struct sums {
	size_t destinations, failed, unknown, hairpins, routed;
};

static struct sums add_up(const struct uh_page_rows *rows)
{
	struct sums sums = {0};

	for (size_t i = 0; i < rows->count; i++) {
		const struct uh_page_row *row = &rows->row[i];

		sums.failed += row->times.failed;
		sums.unknown += row->times.unknown;
		sums.hairpins += row->hairpin ? row->count : 0;
		sums.routed += row->connection[0]->route ? row->count : 0;
	}
	return sums;
}

static void write_sum(FILE *out, const char *kind, size_t number, const char *what)
{
	fprintf(out, "<li class=\"%s\"><b>%zu</b>%s</li>\n", number ? kind : "", number, what);
}

/* Counts destinations, whether a route took their connections or not. */
static size_t count_destinations(const struct uh_page_rows *rows)
{
	size_t count = 0, j;

	for (size_t i = 0; i < rows->count; i++) {
		for (j = 0; j < i; j++)
			if (memcmp(&rows->row[i].connection[0]->to,
				   &rows->row[j].connection[0]->to,
				   sizeof(struct uh_endpoint)) == 0)
				break;
		count += j == i;
	}
	return count;
}

static void write_head(FILE *out, const struct uh_trace *trace, const struct uh_page_rows *rows)
{
	struct sums sums = add_up(rows);

	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width\">\n"
	      "<title>unhairpin trace</title>\n<style>\n",
	      out);
	fprintf(out, "%s</style>\n</head>\n<body>\n<h1>Connections of ", uh_page_style);
	uh_html_text(out, trace->host ? trace->host : "this host");
	fputs("</h1>\n<p>unhairpin trace", out);
	if (trace->started) {
		fputs(", begun ", out);
		uh_html_text(out, trace->started);
	}
	fputs("</p>\n<ul class=\"sums\">\n", out);
	write_sum(out, "", trace->count, "connections");
	write_sum(out, "", count_destinations(rows), "destinations");
	write_sum(out, "hairpin", sums.hairpins, "through a hairpin");
	write_sum(out, "routed", sums.routed, "routed by unhairpin");
	write_sum(out, "failed", sums.failed, "failed");
	if (sums.unknown)
		write_sum(out, "", sums.unknown, "of unknown outcome");
	fputs("</ul>\n", out);
}

/* Long ones in their own unit: what is read is whether one is larger than another. */
static void write_time(FILE *out, const struct uh_times *times, double microseconds)
{
	if (!times->timed)
		fputs("<td class=\"n\" data-v=\"-1\"></td>", out);
	else if (microseconds < 10000)
		fprintf(out, "<td class=\"n\" data-v=\"%.1f\">%.0f µs</td>", microseconds,
			microseconds);
	else
		fprintf(out, "<td class=\"n\" data-v=\"%.1f\">%.1f ms</td>", microseconds,
			microseconds / 1000);
}

static void write_destination(FILE *out, const struct uh_connection *connection)
{
	char text[UH_ENDPOINT_TEXT];

	fputs("<td>", out);
	if (connection->name) {
		uh_html_text(out, connection->name);
		fputs("<div class=\"below\">", out);
	}
	uh_html_text(out, uh_endpoint_format(&connection->to, text));
	if (uh_connection_protocol(connection) != UH_TCP)
		fputs(uh_connection_protocol(connection) == UH_UDP ? " udp" : " not TCP", out);
	fputs(connection->name ? "</div></td>" : "</td>", out);
}

static void write_way(FILE *out, const struct uh_page_row *row)
{
	const struct uh_connection *connection = row->connection[0];

	if (row->hairpin)
		fputs("<td><span class=\"tag hairpin\">hairpin</span></td>", out);
	else if (!connection->route)
		fputs("<td>as asked</td>", out);
	else {
		fputs("<td><span class=\"tag routed\">routed</span> ", out);
		uh_html_text(out, connection->target ? connection->target : "to the original");
		fputs("<div class=\"below\">", out);
		uh_html_text(out, connection->route);
		if (connection->place) {
			fputs(" at ", out);
			uh_html_text(out, connection->place);
		}
		fputs("</div></td>", out);
	}
}

static void write_row(FILE *out, const struct uh_page_row *row)
{
	const struct uh_connection *connection = row->connection[0];
	const char *failed = row->times.failed ? "n bad" : "n";

	fprintf(out, "<tr%s><td title=\"", row->hairpin ? " class=\"hairpin\"" : "");
	uh_html_text(out, connection->program ? connection->program : "?");
	fputs("\">", out);
	uh_html_text(out, uh_program_name(connection->program));
	fputs("</td>", out);
	write_destination(out, connection);
	fprintf(out, "<td class=\"n\" data-v=\"%zu\">%zu</td>", row->count, row->count);
	fprintf(out, "<td class=\"%s\" data-v=\"%zu\">%zu</td>", failed, row->times.failed,
		row->times.failed);
	write_time(out, &row->times, row->times.median);
	write_time(out, &row->times, row->times.p99);
	write_way(out, row);
	fputs("</tr>\n", out);
}

static void write_table(FILE *out, const struct uh_page_rows *rows)
{
	static const struct {
		const char *title, *class, *order;
	} column[] = {
	    {"Program", "", ""},
	    {"Destination", "", ""},
	    {"Connections", " class=\"n\"", " aria-sort=\"descending\""},
	    {"Failed", " class=\"n\"", ""},
	    {"Median", " class=\"n\"", ""},
	    {"99th percentile", " class=\"n\"", ""},
	    {"Way", "", ""},
	};

	fputs("<h2>All connections</h2>\n<div class=\"wide\">\n<table>\n<thead><tr>", out);
	for (size_t i = 0; i < sizeof(column) / sizeof(*column); i++)
		fprintf(out, "<th%s%s><button type=\"button\"%s>%s</button></th>",
			column[i].class, column[i].order, column[i].class, column[i].title);
	fputs("</tr></thead>\n<tbody>\n", out);
	for (size_t i = 0; i < rows->count; i++)
		write_row(out, &rows->row[i]);
	fprintf(out, "</tbody>\n</table>\n</div>\n<script>\n%s</script>\n</body>\n</html>\n",
		uh_page_script);
}

bool uh_page_write(FILE *out, const struct uh_trace *trace, const struct uh_host *scene)
{
	struct uh_page_rows rows = {0};
	bool good = uh_page_rows_make(trace, scene, &rows);

	if (good) {
		write_head(out, trace, &rows);
		good = uh_graph_write(out, &rows);
	}
	if (good)
		write_table(out, &rows);
	uh_page_rows_free(&rows);
	return good;
}

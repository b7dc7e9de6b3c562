/* SPDX-License-Identifier: MIT */
/* print_counters.c: prints the counters as a table, as JSON and for Prometheus. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "command/cli/columns.h"
#include "base/counter_slots.h"
#include "base/errno_name.h"
#include "command/cli/json.h"
#include "command/cli/quote.h"
#include "read_counters.h"

/* The kernel counts the calls that a route to "refuse" failed, and not by errno. */
static const char *error_name(const struct uh_counter_total *sum, unsigned i)
{
	int error = uh_counter_slot_error(i);

	if (error == UH_COUNTER_OTHERS)
		return sum->by == UH_BY_KERNEL ? "refused" : "others";
	return uh_error_name(error);
}

static const char *const by_name[] = {[UH_BY_PRELOAD] = "preload", [UH_BY_KERNEL] = "kernel"};

static void write_time(uint64_t time, const char *format, char text[32])
{
	time_t seconds = (time_t)time;
	struct tm parts;

	*text = '\0';
	if (time && gmtime_r(&seconds, &parts))
		strftime(text, 32, format, &parts);
}

static void add_failures(struct uh_columns *columns, const struct uh_counter_total *sum)
{
	char text[256] = "";
	size_t used = 0;

	for (unsigned i = 0; i < UH_COUNTER_ERRORS && used < sizeof(text); i++)
		if (sum->failure[i])
			used += (size_t)snprintf(text + used, sizeof(text) - used,
						 "%s%" PRIu64 " %s", used ? ", " : "",
						 sum->failure[i], error_name(sum, i));
	uh_columns_add(columns, *text ? UH_BAD : UH_PLAIN, "%s", text);
}

/* The columns that a table can have. PER SECOND and BY are not in every table. */
enum column {
	ROUTE,
	TARGET,
	CONNECTIONS,
	PER_SECOND,
	FALLBACKS,
	FAILED,
	LAST_USED,
	BY,
	COLUMNS
};

static void add_cell(struct uh_columns *columns, enum column column,
		     const struct uh_counter_total *sum, double seconds)
{
	char text[32];

	switch (column) {
	case ROUTE:
		uh_columns_add(columns, UH_PLAIN, "%s", sum->name.route);
		break;
	case TARGET:
		uh_columns_add(columns, UH_PLAIN, "%s", sum->name.target);
		break;
	case CONNECTIONS:
		uh_columns_add(columns, UH_PLAIN, "%" PRIu64, sum->connections);
		break;
	case PER_SECOND:
		uh_columns_add(columns, UH_PLAIN, "%.1f",
			       sum->connections > sum->before
				   ? (double)(sum->connections - sum->before) / seconds
				   : 0);
		break;
	case FALLBACKS:
		uh_columns_add(columns, sum->fallbacks ? UH_BAD : UH_PLAIN, "%" PRIu64,
			       sum->fallbacks);
		break;
	case FAILED:
		add_failures(columns, sum);
		break;
	case LAST_USED:
		write_time(sum->last_used, "%F %T", text);
		uh_columns_add(columns, UH_PLAIN, "%s", text);
		break;
	default:
		uh_columns_add(columns, UH_PLAIN, "%s", by_name[sum->by]);
	}
}

static bool has_kernel(struct uh_counter_total *const *sum, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (sum[i]->by == UH_BY_KERNEL)
			return true;
	return false;
}

bool uh_counter_totals_table(FILE *out, struct uh_counter_total *const *sum, size_t count,
			     double seconds, uint64_t unplaced, bool headings)
{
	static const char *const title[COLUMNS] = {
	    "ROUTE",	 "TARGET", "CONNECTIONS",     "PER SECOND",
	    "FALLBACKS", "FAILED", "LAST USED (UTC)", "BY"};
	const char *shown[COLUMNS];
	enum column column[COLUMNS];
	bool right[COLUMNS];
	unsigned width = 0;

	for (enum column i = 0; i < COLUMNS; i++) {
		if ((i == PER_SECOND && seconds <= 0) || (i == BY && !has_kernel(sum, count)))
			continue;
		column[width] = i;
		shown[width] = title[i];
		right[width++] = i >= CONNECTIONS && i <= FALLBACKS;
	}
	struct uh_columns *columns = uh_columns_new(headings ? shown : NULL, right, width);

	for (size_t i = 0; i < count; i++)
		for (unsigned j = 0; j < width; j++)
			add_cell(columns, column[j], sum[i], seconds);
	bool good = uh_columns_print(columns, out, uh_has_colours(out));

	uh_columns_free(columns);
	if (unplaced)
		fprintf(out,
			"%" PRIu64 " more connections, not counted by route: no free slot\n",
			unplaced);
	return good;
}

static json_t *pack_failures(const struct uh_counter_total *sum)
{
	json_t *failures = json_object();

	for (unsigned i = 0; i < UH_COUNTER_ERRORS; i++)
		if (sum->failure[i])
			json_object_set_new(failures, error_name(sum, i),
					    json_integer((json_int_t)sum->failure[i]));
	return failures;
}

bool uh_counter_totals_json(FILE *out, struct uh_counter_total *const *sum, size_t count)
{
	char last_used[32];
	bool good = true;

	for (size_t i = 0; good && i < count; i++) {
		write_time(sum[i]->last_used, "%FT%TZ", last_used);
		good = uh_json_print(
		    out, json_pack("{s:o, s:o, s:I, s:I, s:o, s:o*, s:s}", "route",
				   uh_json_string(sum[i]->name.route), "target",
				   uh_json_string(sum[i]->name.target), "connections",
				   (json_int_t)sum[i]->connections, "fallbacks",
				   (json_int_t)sum[i]->fallbacks, "failures",
				   pack_failures(sum[i]), "last_used",
				   sum[i]->by == UH_BY_PRELOAD ? json_string(last_used) : NULL,
				   "by", by_name[sum[i]->by]));
	}
	return good;
}

/* Writes the name and the label of the route, without "}". */
static void put_route(FILE *out, const char *name, const struct uh_counter_total *sum)
{
	fprintf(out, "%s{route=", name);
	uh_put_label(out, sum->name.route);
}

/* Totals of the preload object have no "by". */
static void put_by(FILE *out, const struct uh_counter_total *sum)
{
	if (sum->by == UH_BY_KERNEL)
		fprintf(out, ",by=\"%s\"", by_name[sum->by]);
}

/* Writes the name and all labels, without "}". */
static void put_labels(FILE *out, const char *name, const struct uh_counter_total *sum)
{
	put_route(out, name, sum);
	fputs(",target=", out);
	uh_put_label(out, sum->name.target);
	put_by(out, sum);
}

static void put_metric(FILE *out, const char *name, const struct uh_counter_total *sum,
		       uint64_t value)
{
	put_labels(out, name, sum);
	fprintf(out, "} %" PRIu64 "\n", value);
}

static void put_family(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_failed(FILE *out, const struct uh_counter_total *sum)
{
	for (unsigned i = 0; i < UH_COUNTER_ERRORS; i++) {
		if (!sum->failure[i])
			continue;
		put_labels(out, "unhairpin_failures_total", sum);
		fprintf(out, ",error=\"%s\"} %" PRIu64 "\n", error_name(sum, i),
			sum->failure[i]);
	}
}

static bool is_same_route(const struct uh_counter_total *a, const struct uh_counter_total *b)
{
	return a->by == b->by && strcmp(a->name.route, b->name.route) == 0;
}

/*
 * Writes the fallbacks of each route once, and also if there were none: an alert on a rise
 * would miss the first fallback if its sample appeared only then.
 */
static void put_fallbacks(FILE *out, struct uh_counter_total *const *sum, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t fallbacks = 0;
		size_t first = 0;

		while (!is_same_route(sum[first], sum[i]))
			first++;
		if (first < i)
			continue;
		for (size_t j = i; j < count; j++)
			if (is_same_route(sum[j], sum[i]))
				fallbacks += sum[j]->fallbacks;
		put_route(out, "unhairpin_fallbacks_total", sum[i]);
		put_by(out, sum[i]);
		fprintf(out, "} %" PRIu64 "\n", fallbacks);
	}
}

void uh_counter_totals_prometheus(FILE *out, struct uh_counter_total *const *sum, size_t count,
				  uint64_t unplaced)
{
	put_family(out, "unhairpin_connections_total", "counter",
		   "Connections and datagrams that took the route, by target.");
	for (size_t i = 0; i < count; i++)
		put_metric(out, "unhairpin_connections_total", sum[i], sum[i]->connections);
	put_family(out, "unhairpin_fallbacks_total", "counter",
		   "Connections and datagrams that went to the original address, because no "
		   "target answered.");
	put_fallbacks(out, sum, count);
	put_family(out, "unhairpin_failures_total", "counter",
		   "Connections and datagrams that failed, by error.");
	for (size_t i = 0; i < count; i++)
		put_failed(out, sum[i]);
	put_family(out, "unhairpin_last_used_timestamp_seconds", "gauge",
		   "When the target was last used, in seconds since 1970.");
	for (size_t i = 0; i < count; i++)
		if (sum[i]->by == UH_BY_PRELOAD)
			put_metric(out, "unhairpin_last_used_timestamp_seconds", sum[i],
				   sum[i]->last_used);
	put_family(out, "unhairpin_uncounted_total", "counter",
		   "Connections not counted by route, because no slot was free.");
	fprintf(out, "unhairpin_uncounted_total %" PRIu64 "\n", unplaced);
}

/* SPDX-License-Identifier: MIT */
/* suggest.c: `unhairpin suggest`, which finds the hairpins of a trace and routes for them. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check_suggestion.h"
#include "print_suggestion.h"
#include "process_connections.h"
#include "public_advice.h"
#include "command/cli/options.h"
#include "command/cli/diag.h"
#include "command/cli/load_table.h"
#include "command/suggest/hairpin/hairpin.h"
#include "command/trace/connections/read_trace.h"
#include "command/trace/page/page.h"
#include "command/cli/utf8.h"
#include "command/suggest/hairpin/host.h"
#include "command/suggest/hairpin/destinations.h"
#include "command/suggest/hairpin/verify_target.h"

enum { DONE = 0, SOME_UNREADABLE = 1, FAILED = 2 };

struct options {
	struct uh_table_request source;
	char *file; /* owned */
	struct uh_local_addresses publics;
	struct uh_trace trace; /* the connections of processes, and then of traces */
	bool has_process;
	const char *html; /* the page's file, or NULL */
	bool json, no_headings;
};

/* The results so far: counted for the last line, and checked together as one configuration. */
struct results {
	FILE *out; /* of all but JSON: stdout, or held */
	FILE *held;
	char *held_text; /* owned by held until it is closed */
	size_t held_size;
	size_t shown, hairpins, candidates, routes;
	char *text; /* the suggested routes, one a line; owned, or NULL */
};

static bool add_public(const struct uh_command *command, struct options *options)
{
	struct uh_address address;

	if (uh_address_parse(optarg, &address))
		return uh_local_addresses_add(&options->publics, &address, false,
					      "given as --public");
	uh_usage_error(command, "--public %s: expected an address", optarg);
	return false;
}

static bool add_process(const struct uh_command *command, struct options *options)
{
	char *end;
	long process = strtol(optarg, &end, 10);

	options->has_process = true;
	if (*end == '\0' && process > 0 && process <= INT_MAX)
		return uh_process_connections(&options->trace, (pid_t)process);
	uh_usage_error(command, "--process %s: expected the ID of a process", optarg);
	return false;
}

static bool take_option(const struct uh_command *command, int key, struct options *options)
{
	switch (key) {
	case 'c':
		return uh_table_request_file(&options->source, &options->file, optarg);
	case UH_KEY_PUBLIC:
		return add_public(command, options);
	case UH_KEY_PROCESS:
		return add_process(command, options);
	case UH_KEY_HTML:
		options->html = optarg;
		return true;
	case UH_KEY_NOHEADINGS:
		return options->no_headings = true;
	default:
		return options->json = true;
	}
}

/* Adds the reason against the route, which becomes a possible one unless there is one already.
 */
static bool add_note(struct uh_hairpin *hairpin, const char *note)
{
	char *notes = NULL;
	size_t size;
	FILE *out = open_memstream(&notes, &size);

	if (!out) {
		uh_error("%s", strerror(ENOMEM));
		return false;
	}
	fprintf(out, "%sno route: ", hairpin->notes);
	uh_write_clean(out, note);
	putc('\n', out);
	fclose(out);
	free(hairpin->notes);
	hairpin->notes = notes;
	uh_hairpin_demote(hairpin);
	return notes;
}

/* Checks the route beside the configuration and the routes printed before. If `check` would
 * refuse it, the refusal becomes a note. */
static bool try_route(const struct uh_table_request *source, struct uh_hairpin *hairpin,
		      struct results *results)
{
	char why[UH_REFUSAL], *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out) {
		uh_error("%s", strerror(ENOMEM));
		return false;
	}
	fputs(results->text ? results->text : "", out);
	uh_suggestion_write_route(out, hairpin);
	fclose(out);
	if (!uh_routes_accepted(source, text, hairpin, why)) {
		free(text);
		return add_note(hairpin, why);
	}
	free(results->text);
	results->text = text;
	results->routes++;
	return true;
}

/*
 * Directs the output to stdout. If stdout is no terminal, the text is held until there is a
 * route in it: "suggest | tee FILE" makes no configuration of comments alone.
 */
static bool begin_output(struct results *results)
{
	results->out = stdout;
	if (isatty(STDOUT_FILENO))
		return true;
	results->held = open_memstream(&results->held_text, &results->held_size);
	if (!results->held)
		uh_error("%s", strerror(errno));
	results->out = results->held;
	return results->held;
}

/* Writes what was held to out. */
static void release_output(struct results *results, FILE *out)
{
	if (!results->held)
		return;
	fclose(results->held);
	fputs(results->held_text, out);
	free(results->held_text);
	results->held = NULL;
	results->out = out;
}

static bool show(const struct options *options, struct uh_hairpin *hairpin,
		 struct results *results)
{
	results->shown++;
	results->hairpins += uh_class_is_hairpin(hairpin->class);
	results->candidates += hairpin->class == UH_CANDIDATE;
	if (options->json) {
		bool good = uh_suggestion_print_json(hairpin);

		fflush(stdout); /* the next destination may take seconds */
		return good;
	}
	uh_suggestion_write(results->out, hairpin);
	if (hairpin->has_target || hairpin->has_possible)
		release_output(results, stdout);
	fflush(results->out);
	return true;
}

static bool examine(const struct uh_host *host, const struct uh_group *group,
		    const struct options *options, struct results *results)
{
	struct uh_hairpin hairpin;
	bool good = uh_hairpin_examine(host, group, &hairpin);

	if (good && hairpin.has_target)
		good = try_route(&options->source, &hairpin, results);
	if (good && hairpin.class != UH_NO_HAIRPIN)
		good = show(options, &hairpin, results);
	free(hairpin.notes);
	return good;
}

static size_t count_connections(const struct uh_trace *trace)
{
	size_t count = 0;

	for (size_t i = 0; i < trace->count; i++)
		count += !trace->connection[i].datagrams;
	return count;
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

static void write_sum(const struct uh_host *host, const struct uh_groups *destinations,
		      const struct results *results)
{
	FILE *out = results->out;

	if (results->shown)
		putc('\n', out);
	if (results->candidates)
		fprintf(out, "# %zu of them may be %s, %zu %s; ", results->candidates,
			results->candidates == 1 ? "a hairpin" : "hairpins", results->hairpins,
			results->hairpins == 1 ? "is one" : "are");
	else if (results->hairpins || !uh_public_advice_write(out, host, destinations))
		fprintf(out, "# %zu of them %s; ", results->hairpins,
			results->hairpins == 1 ? "is a hairpin" : "are hairpins");
	else
		fputs("# it is not known which of them are hairpins; ", out);
	fprintf(out, "%zu route%s to suggest\n", results->routes, plural(results->routes));
}

/* Examines all destinations, most connections first. */
static bool examine_all(const struct uh_host *host, const struct uh_trace *trace,
			const struct options *options)
{
	struct uh_groups destinations;
	struct results results = {0};
	size_t connections = count_connections(trace);
	bool good = uh_trace_destinations(trace, &destinations) &&
		    (options->json || begin_output(&results));

	if (good && !options->json && !options->no_headings)
		fprintf(results.out,
			"# unhairpin suggest: %zu connection%s, %zu destination%s without a "
			"route\n",
			connections, plural(connections), destinations.count,
			plural(destinations.count));
	for (size_t i = 0; good && i < destinations.count; i++)
		good = examine(host, &destinations.group[i], options, &results);
	if (good && !options->json)
		write_sum(host, &destinations, &results);
	else if (good && !results.shown)
		uh_public_advice_write(stderr, host, &destinations);
	release_output(&results, stderr);
	uh_groups_free(&destinations);
	free(results.text);
	return good;
}

/* Reads all traces, or standard input if there is neither a trace nor a process. */
static bool read_traces(struct options *options, char **name)
{
	struct uh_trace *trace = &options->trace;
	bool good = true;

	if (!*name && !options->has_process)
		return uh_trace_read(trace, "-");
	for (; *name; name++)
		good = uh_trace_read(trace, *name) && good;
	return good;
}

/* True if the configuration does not exist, or is empty: in "suggest >>FILE" the shell creates
 * it. */
static bool is_new(const struct uh_table_request *source)
{
	struct stat status;

	if (stat(source->file, &status) != 0)
		return errno == ENOENT && source->optional;
	return S_ISREG(status.st_mode) && status.st_size == 0;
}

static bool read_host(struct uh_host *host, struct options *options)
{
	if (!options->file && !uh_table_request_default(&options->source))
		return false;
	if (is_new(&options->source))
		options->source.file = NULL;
	options->source.check_owner = !options->file; /* a draft may belong to any user */
	host->own = options->publics;
	options->publics = (struct uh_local_addresses){0};
	return uh_host_read(host, &options->source) && uh_listeners_read(&host->listeners);
}

static int suggest(struct options *options, char **name)
{
	const struct uh_trace *trace = &options->trace;
	struct uh_host host = {0};
	int status = FAILED;

	if (uh_timed_connect_begin() && read_host(&host, options) &&
	    read_traces(options, name) &&
	    (!options->html || uh_page_write(options->html, trace, &host)) &&
	    examine_all(&host, trace, options))
		status = trace->faults ? SOME_UNREADABLE : DONE;
	uh_host_free(&host);
	return status;
}

int uh_command_suggest(const struct uh_command *command, int argc, char **argv)
{
	struct options options = {.source = {.routes = getenv("UNHAIRPIN_ROUTES")}};
	int key, status = FAILED;

	while ((key = uh_option_next(command, argc, argv)) > 0)
		if (!take_option(command, key, &options))
			goto out;
	if (key < 0) {
		status = uh_option_status(command, key);
	} else if (optind == argc && !options.has_process && isatty(STDIN_FILENO)) {
		uh_usage_error(
		    command, "expected a TRACE, as a file or on standard input, or --process");
	} else {
		uh_output_begin();
		status = uh_output_end(suggest(&options, argv + optind), FAILED);
	}
out:
	uh_trace_free(&options.trace);
	uh_local_addresses_free(&options.publics);
	free(options.file);
	return status;
}

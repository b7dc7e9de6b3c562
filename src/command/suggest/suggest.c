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
#include "process_connections.h"
#include "command/cli/options.h"
#include "command/cli/diag.h"
#include "command/cli/load_table.h"
#include "command/suggest/hairpin/hairpin.h"
#include "command/cli/json.h"
#include "command/trace/connections/read_trace.h"
#include "command/trace/page/page.h"
#include "command/cli/utf8.h"
#include "build/route_text.h"
#include "command/suggest/hairpin/host.h"
#include "command/suggest/hairpin/destinations.h"

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
	size_t shown, hairpins, routes;
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

static void write_notes(const struct uh_hairpin *hairpin)
{
	const char *line = hairpin->notes;

	while (*line) {
		size_t length = strcspn(line, "\n");

		fputs("#   ", stdout);
		fwrite(line, 1, length, stdout);
		putchar('\n');
		line += length + 1;
	}
}

/* Writes a target in double quotes, as unhairpin.conf(5) has them. Single quotes keep "${" in a
 * path from being read as a variable, and a percent sign is doubled. */
static void write_target(FILE *out, const struct uh_target *target)
{
	char text[UH_TARGET_TEXT];
	unsigned char quote = '"';

	if (target->kind != UH_TARGET_UNIX) {
		fprintf(out, "\"%s\"", uh_target_format(target, text));
		return;
	}
	if (memmem(target->path, target->path_length, "${", 2))
		quote = '\'';
	fprintf(out, "%c%s", quote, target->path[0] ? "unix:" : "unix:@");
	for (unsigned i = target->path[0] == '\0'; i < target->path_length; i++) {
		unsigned char byte = (unsigned char)target->path[i];

		if (byte == '%')
			putc('%', out);
		if (byte < 0x20 || byte == 0x7f)
			fprintf(out, "\\x%02x", byte);
		else
			fprintf(out, byte == quote || byte == '\\' ? "\\%c" : "%c", byte);
	}
	putc(quote, out);
}

/* Prints the destination's names, each once. Equal names are neighbours, as they are sorted. */
static void show_names(const struct uh_group *group)
{
	const char *last = NULL;

	for (size_t i = 0; i < group->count; i++) {
		const char *name = group->connection[i]->name;

		if (!name || name == last)
			continue;
		fputs(last ? ", " : " (", stdout);
		uh_write_clean(stdout, name);
		last = name;
	}
	if (last)
		putchar(')');
}

static const char *protocol_name(const struct uh_hairpin *hairpin)
{
	enum uh_protocol protocol = uh_connection_protocol(hairpin->group->connection[0]);

	return protocol == UH_TCP ? "tcp" : protocol == UH_UDP ? "udp" : "another protocol";
}

static void write_route(FILE *out, const char *before, const struct uh_hairpin *hairpin,
			const struct uh_target *target)
{
	fprintf(out, "%sroute \"%s\" { to = ", before, hairpin->destination);
	write_target(out, target);
	fputs(" }\n", out);
}

/* Prints a destination with its notes and its route. A possible route is commented out. */
static bool show(struct uh_hairpin *hairpin)
{
	printf("\n# %s", hairpin->destination);
	if (uh_connection_protocol(hairpin->group->connection[0]) != UH_TCP)
		printf(" over %s", protocol_name(hairpin));
	if (!*hairpin->name)
		show_names(hairpin->group);
	putchar('\n');
	write_notes(hairpin);
	if (hairpin->has_possible)
		write_route(stdout, "# ", hairpin, &hairpin->possible);
	if (hairpin->has_target)
		write_route(stdout, "", hairpin, &hairpin->target);
	return true;
}

static json_t *names_json(const struct uh_group *group)
{
	json_t *names = json_array();
	const char *last = NULL;

	for (size_t i = 0; i < group->count; i++) {
		const char *name = group->connection[i]->name;

		if (name && name != last)
			json_array_append_new(names, uh_json_string(name));
		last = name ? name : last;
	}
	return names;
}

static json_t *notes_json(char *notes)
{
	json_t *list = json_array();
	char *rest = NULL;

	for (char *line = strtok_r(notes, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		json_array_append_new(list, uh_json_string(line));
	return list;
}

/* Members that are not known are left out: "o*" leaves out a NULL. */
static bool show_json(struct uh_hairpin *hairpin)
{
	const struct uh_times *times = &hairpin->times;
	char text[UH_TARGET_TEXT];

	return uh_json_print(
	    stdout,
	    json_pack("{s:o, s:s, s:o, s:I, s:o*, s:I, s:o*, s:o*, s:o*, s:o*, s:o*, s:o}",
		      "destination", uh_json_string(hairpin->destination), "protocol",
		      protocol_name(hairpin), "names", names_json(hairpin->group),
		      "connections", (json_int_t)times->count, "datagrams",
		      times->datagrams ? json_integer((json_int_t)times->datagrams) : NULL,
		      "failed", (json_int_t)times->failed, "microseconds",
		      times->timed ? uh_json_decimal(times->median) : NULL, "target",
		      hairpin->has_target
			  ? uh_json_string(uh_target_format(&hairpin->target, text))
			  : NULL,
		      "target_microseconds",
		      hairpin->has_target ? uh_json_decimal(hairpin->dial.microseconds) : NULL,
		      "possible",
		      hairpin->has_possible
			  ? uh_json_string(uh_target_format(&hairpin->possible, text))
			  : NULL,
		      "only_kernel", hairpin->only_kernel ? json_true() : NULL, "notes",
		      notes_json(hairpin->notes)));
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
	hairpin->has_target = false;
	if (!hairpin->has_possible)
		hairpin->possible = hairpin->target;
	hairpin->has_possible = true;
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
	write_route(out, "", hairpin, &hairpin->target);
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

static bool examine(const struct uh_host *host, const struct uh_group *group,
		    const struct options *options, struct results *results)
{
	struct uh_hairpin hairpin;
	bool good = uh_hairpin_examine(host, group, &hairpin);

	if (good && hairpin.has_target)
		good = try_route(&options->source, &hairpin, results);
	if (good && hairpin.class != UH_NO_HAIRPIN) {
		good = (options->json ? show_json : show)(&hairpin);
		fflush(stdout); /* the next destination may take seconds */
		results->shown++;
		results->hairpins += uh_class_is_hairpin(hairpin.class);
	}
	free(hairpin.notes);
	return good;
}

/* Examines all destinations, most connections first. */
static size_t count_connections(const struct uh_trace *trace)
{
	size_t count = 0;

	for (size_t i = 0; i < trace->count; i++)
		count += !trace->connection[i].datagrams;
	return count;
}

static bool examine_all(const struct uh_host *host, const struct uh_trace *trace,
			const struct options *options)
{
	struct uh_groups destinations;
	struct results results = {0};
	size_t connections = count_connections(trace);
	bool good = uh_trace_destinations(trace, &destinations);

	if (good && !options->json && !options->no_headings)
		printf("# unhairpin suggest: %zu connection%s, %zu destination%s without a "
		       "route\n",
		       connections, connections == 1 ? "" : "s", destinations.count,
		       destinations.count == 1 ? "" : "s");
	for (size_t i = 0; good && i < destinations.count; i++)
		good = examine(host, &destinations.group[i], options, &results);
	if (good && !options->json)
		printf("%s# %zu of them %s; %zu route%s to suggest\n",
		       results.shown ? "\n" : "", results.hairpins,
		       results.hairpins == 1 ? "is a hairpin" : "are hairpins", results.routes,
		       results.routes == 1 ? "" : "s");
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

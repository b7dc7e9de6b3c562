/* SPDX-License-Identifier: MIT */
/* suggest.c: `unhairpin suggest`, which finds the hairpins of a trace and routes for them. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "hairpins.h"
#include "json.h"
#include "page.h"
#include "utf8.h"

enum { DONE = 0, SOME_UNREADABLE = 1, FAILED = 2 };

struct options {
	struct uh_source source;
	char *file; /* owned */
	struct uh_own publics;
	const char *html; /* the page's file, or NULL */
	bool json;
};

/* A route that was printed. */
struct made {
	char destination[UH_NAME_MAX + 8];
	struct uh_endpoint to;
	struct uh_target target;
};

/* What was found, to be counted at the end. */
struct sums {
	size_t shown, hairpins, routes;
	struct made *made; /* as many as routes; owned */
};

static bool add_public(const struct uh_command *command, struct options *options)
{
	struct uh_address address;

	if (uh_address_parse(optarg, &address))
		return uh_own_add(&options->publics, &address, false, "given as --public");
	uh_usage_error(command, "--public %s: expected an address", optarg);
	return false;
}

static bool take_option(const struct uh_command *command, int key, struct options *options)
{
	switch (key) {
	case 'c':
		return uh_source_file(&options->source, &options->file, optarg);
	case UH_KEY_PUBLIC:
		return add_public(command, options);
	case UH_KEY_HTML:
		options->html = optarg;
		return true;
	default:
		return options->json = true;
	}
}

static void write_notes(const struct uh_hairpin *hairpin)
{
	for (char *line = hairpin->notes; *line; line += strcspn(line, "\n") + 1)
		printf("#   %.*s\n", (int)strcspn(line, "\n"), line);
}

/* In double quotes, as unhairpin.conf(5) has them. */
static void write_target(const struct uh_target *target)
{
	char text[UH_TARGET_TEXT];

	putchar('"');
	if (target->kind != UH_TARGET_UNIX) {
		printf("%s\"", uh_target_format(target, text));
		return;
	}
	fputs(target->path[0] ? "unix:" : "unix:@", stdout);
	for (unsigned i = target->path[0] == '\0'; i < target->path_length; i++) {
		unsigned char byte = (unsigned char)target->path[i];

		if (byte < 0x20 || byte == 0x7f)
			printf("\\x%02x", byte);
		else
			printf(byte == '"' || byte == '\\' ? "\\%c" : "%c", byte);
	}
	putchar('"');
}

/* The destinations' names, each once: they are sorted. */
static void write_names(const struct uh_visits *visits, const char *before,
			void (*write)(FILE *, const char *))
{
	const char *last = NULL;

	for (size_t i = 0; i < visits->count; i++) {
		const char *name = visits->connection[i]->name;

		if (!name || name == last)
			continue;
		fputs(last ? ", " : before, stdout);
		write(stdout, name);
		last = name;
	}
	if (last && *before)
		putchar(')');
}

static const char *protocol_name(const struct uh_hairpin *hairpin)
{
	enum uh_protocol protocol = hairpin->visits->connection[0]->protocol;

	return protocol == UH_TCP ? "tcp" : protocol == UH_UDP ? "udp" : "another protocol";
}

static void write_route(const char *before, const struct uh_hairpin *hairpin,
			const struct uh_target *target)
{
	printf("%sroute \"%s\" { to = ", before, hairpin->destination);
	write_target(target);
	printf(" }\n");
}

/* A possible route is commented out. */
static void show(const struct uh_hairpin *hairpin)
{
	printf("\n# %s", hairpin->destination);
	if (hairpin->visits->connection[0]->protocol != UH_TCP)
		printf(" over %s", protocol_name(hairpin));
	if (!*hairpin->name)
		write_names(hairpin->visits, " (", uh_write_clean);
	putchar('\n');
	write_notes(hairpin);
	if (hairpin->has_possible)
		write_route("# ", hairpin, &hairpin->possible);
	if (hairpin->has_target)
		write_route("", hairpin, &hairpin->target);
}

static void show_notes_json(const struct uh_hairpin *hairpin)
{
	char *rest = NULL, *copy = hairpin->notes;

	printf(",\"notes\":[");
	for (char *line = strtok_r(copy, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		fputs(line == copy ? "" : ",", stdout);
		uh_json_text(stdout, line);
	}
	printf("]}\n");
}

static void show_json(const struct uh_hairpin *hairpin)
{
	const struct uh_times *times = &hairpin->times;
	char text[UH_TARGET_TEXT];

	printf("{\"destination\":");
	uh_json_text(stdout, hairpin->destination);
	printf(",\"protocol\":\"%s\",\"names\":[", protocol_name(hairpin));
	write_names(hairpin->visits, "", uh_json_text);
	printf("],\"connections\":%zu,\"failed\":%zu", times->count, times->failed);
	if (times->timed)
		printf(",\"microseconds\":%.1f", times->median);
	if (hairpin->has_target) {
		printf(",\"target\":");
		uh_json_text(stdout, uh_target_format(&hairpin->target, text));
		printf(",\"target_microseconds\":%.1f", hairpin->dial.microseconds);
	}
	if (hairpin->has_possible) {
		printf(",\"possible\":");
		uh_json_text(stdout, uh_target_format(&hairpin->possible, text));
	}
	show_notes_json(hairpin);
}

static bool leads_to(const struct uh_target *target, const struct uh_endpoint *to)
{
	return target->kind == UH_TARGET_IP && target->ip.port == to->port &&
	       memcmp(&target->ip.address, &to->address, sizeof(to->address)) == 0;
}

/* Why `check` would refuse a route beside those that were printed, or NULL. */
static const char *find_clash(const struct sums *sums, const struct uh_hairpin *hairpin)
{
	const struct uh_endpoint *to = &hairpin->visits->connection[0]->to;

	for (size_t i = 0; i < sums->routes; i++) {
		const struct made *made = &sums->made[i];

		if (strcmp(made->destination, hairpin->destination) == 0)
			return "there is one above for the same destination";
		if (leads_to(&made->target, to) || leads_to(&hairpin->target, &made->to))
			return "with one above it would be a loop";
	}
	return NULL;
}

static bool add_note(struct uh_hairpin *hairpin, const char *note)
{
	char *notes;

	if (asprintf(&notes, "%sno route: %s\n", hairpin->notes, note) < 0) {
		uh_error("%s", strerror(ENOMEM));
		return false;
	}
	free(hairpin->notes);
	hairpin->notes = notes;
	hairpin->has_target = false;
	return true;
}

static bool add_made(struct sums *sums, const struct uh_hairpin *hairpin)
{
	struct made *grown = uh_array_grow(sums->made, sums->routes, sizeof(*grown));

	if (!grown)
		return false;
	sums->made = grown;
	grown = &grown[sums->routes++];
	*grown =
	    (struct made){.to = hairpin->visits->connection[0]->to, .target = hairpin->target};
	memcpy(grown->destination, hairpin->destination, sizeof(grown->destination));
	return true;
}

static bool judge(const struct uh_scene *scene, const struct uh_visits *visits, bool json,
		  struct sums *sums)
{
	struct uh_hairpin hairpin;
	bool good = uh_hairpin_judge(scene, visits, &hairpin);
	const char *clash = good && hairpin.has_target ? find_clash(sums, &hairpin) : NULL;

	if (clash)
		good = add_note(&hairpin, clash);
	else if (good && hairpin.has_target)
		good = add_made(sums, &hairpin);
	if (good && hairpin.evidence != UH_NO_HAIRPIN) {
		(json ? show_json : show)(&hairpin);
		fflush(stdout); /* the next one may take its time */
		sums->shown++;
		sums->hairpins += uh_evidence_is_hairpin(hairpin.evidence);
	}
	free(hairpin.notes);
	return good;
}

/* What is known about a whole trace comes before what is found in it. */
static bool judge_all(const struct uh_scene *scene, const struct uh_trace *trace, bool json)
{
	struct uh_visits_list list;
	struct sums sums = {0};
	bool good = uh_visits_sort(trace, &list);

	if (good && !json)
		printf("# unhairpin suggest: %zu connection%s, %zu destination%s without a "
		       "route\n",
		       trace->count, trace->count == 1 ? "" : "s", list.count,
		       list.count == 1 ? "" : "s");
	for (size_t i = 0; good && i < list.count; i++)
		good = judge(scene, &list.visits[i], json, &sums);
	if (good && !json)
		printf("%s# %zu of them %s; %zu route%s to suggest\n", sums.shown ? "\n" : "",
		       sums.hairpins, sums.hairpins == 1 ? "is a hairpin" : "are hairpins",
		       sums.routes, sums.routes == 1 ? "" : "s");
	uh_visits_free(&list);
	free(sums.made);
	return good;
}

/* Reads all traces, or standard input where none is named. */
static bool read_traces(struct uh_trace *trace, char **name)
{
	bool good = true;

	if (!*name)
		return uh_trace_read(trace, "-");
	for (; *name; name++)
		good = uh_trace_read(trace, *name) && good;
	return good;
}

/* "suggest >>FILE" makes an empty file, before we look or after: there are no routes yet. */
static bool is_new(const struct uh_source *source)
{
	struct stat status;

	if (stat(source->file, &status) != 0)
		return errno == ENOENT && source->optional;
	return S_ISREG(status.st_mode) && status.st_size == 0;
}

static bool look_around(struct uh_scene *scene, struct options *options)
{
	if (!options->file && !uh_source_default(&options->source))
		return false;
	if (is_new(&options->source))
		options->source.file = NULL;
	options->source.check_owner = !options->file; /* a draft may be anybody's */
	scene->own = options->publics;
	options->publics = (struct uh_own){0};
	return uh_scene_open(scene, &options->source) && uh_listeners_read(&scene->listeners);
}

static int suggest(struct options *options, char **name)
{
	struct uh_trace trace = {0};
	struct uh_scene scene = {0};
	int status = FAILED;

	if (uh_dial_begin() && look_around(&scene, options) && read_traces(&trace, name) &&
	    (!options->html || uh_page_file(options->html, &trace, &scene)) &&
	    judge_all(&scene, &trace, options->json))
		status = trace.faults ? SOME_UNREADABLE : DONE;
	uh_scene_close(&scene);
	uh_trace_free(&trace);
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
	} else if (optind == argc && isatty(STDIN_FILENO)) {
		uh_usage_error(command, "expected a TRACE, as a file or on standard input");
	} else {
		uh_output_begin();
		status = uh_output_end(suggest(&options, argv + optind), FAILED);
	}
out:
	uh_own_free(&options.publics);
	free(options.file);
	return status;
}

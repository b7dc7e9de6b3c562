/* SPDX-License-Identifier: MIT */
/* check_suggestion.c: tries routes by a file in memory, which includes the one that there is.
 */
#include "check_suggestion.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/parse_config.h"
#include "command/cli/load_table.h"
#include "command/suggest/hairpin/hairpin.h"

/* The first fault of the configuration, or warning about the suggested routes. */
struct first_fault {
	const char *file; /* the path of the suggested routes, which are in memory */
	char *why;	  /* UH_REFUSAL bytes; "" if there is neither */
};

static void note_fault(void *context, const struct uh_fault *fault)
{
	struct first_fault *first_fault = context;
	const char *text = fault->text, *place = strstr(text, first_fault->file);

	if (first_fault->why[0] ||
	    (fault->warning && (!fault->file || strcmp(fault->file, first_fault->file) != 0)))
		return;
	if (!place) {
		snprintf(first_fault->why, UH_REFUSAL, "%s", text);
		return;
	}
	/* "above" replaces the path of the file in memory, which means nothing to the user. */
	const char *rest = place + strlen(first_fault->file);

	snprintf(first_fault->why, UH_REFUSAL, "%.*sabove%s", (int)(place - text), text,
		 rest + strspn(rest, ":0123456789"));
}

/* Writes an include() line. Wildcards in the path are escaped, because include() takes a
 * pattern. */
static void write_include(FILE *out, const char *file)
{
	fputs("include(\"", out);
	for (; *file; file++) {
		if (strchr("*?[\\", *file))
			fputs("\\\\", out);
		fprintf(out, *file == '"' || *file == '\\' ? "\\%c" : "%c", *file);
	}
	fputs("\")\n", out);
}

/* Writes the configuration with the suggested routes behind it to a file in memory. Returns a
 * descriptor, or -1. */
static int make_file(const struct uh_table_request *source, const char *routes)
{
	int fd = memfd_create("routes", MFD_CLOEXEC);
	int copy = fd < 0 ? -1 : dup(fd);
	FILE *out = copy < 0 ? NULL : fdopen(copy, "w");

	if (!out)
		return fd;
	if (source->file && strcmp(source->file, "/dev/null") != 0)
		write_include(out, source->file);
	fputs(routes, out);
	fclose(out);
	return fd;
}

/* True if the table's first route for the hairpin's destination leads to its target alone. */
static bool leads(const struct uh_table *table, const struct uh_hairpin *hairpin)
{
	const struct uh_connection *first = hairpin->group->connection[0];
	const struct uh_target *meant = &hairpin->target;
	const struct uh_table_route *route = NULL;

	uh_table_find_all(table, *hairpin->name ? hairpin->name : NULL, &first->to,
			  uh_connection_protocol(first), NULL, &route, 1);
	if (!route || route->targets != 1)
		return false;
	struct uh_target target;

	uh_table_copy_target(table, uh_table_target(table, route, 0), &first->to, &target);
	if (target.kind != meant->kind)
		return false;
	if (meant->kind == UH_TARGET_UNIX)
		return target.path_length == meant->path_length &&
		       memcmp(target.path, meant->path, meant->path_length) == 0;
	return (!target.ip.port || target.ip.port == meant->ip.port) &&
	       memcmp(&target.ip.address, &meant->ip.address, sizeof(meant->ip.address)) == 0;
}

bool uh_routes_accepted(const struct uh_table_request *source, const char *routes,
			const struct uh_hairpin *hairpin, char *why)
{
	char path[64];
	int fd = make_file(source, routes);
	struct first_fault first_fault = {path, why};
	const struct uh_parse_request request = {.file = path,
						 .inline_routes = source->routes,
						 .report = {note_fault, &first_fault}};
	size_t size;

	why[0] = '\0';
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	void *image = fd < 0 ? NULL : uh_parse_config(&request, &size);
	const struct uh_table *table = image ? uh_table_open(image, size) : NULL;

	if (!why[0] && !table)
		snprintf(why, UH_REFUSAL, "the routes could not be checked: %s",
			 strerror(errno));
	else if (!why[0] && !leads(table, hairpin))
		snprintf(why, UH_REFUSAL, "with this route the configuration leads elsewhere");
	if (image)
		munmap(image, size);
	if (fd >= 0)
		close(fd);
	return !why[0];
}

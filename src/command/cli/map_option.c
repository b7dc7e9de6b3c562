/* SPDX-License-Identifier: MIT */
/*
 * map_option.c: the option -m DEST=TARGET[,TARGET]…, checked and added to the string for
 * UNHAIRPIN_ROUTES.
 */
#include "map_option.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "build/builder.h"
#include "build/inline_text.h"
#include "build/route_text.h"
#include "config/route_block.h"
#include "config/service_names.h"
#include "base/variable.h"

/*
 * Writes one target with the escapes of UNHAIRPIN_ROUTES. On the command line a blank has none.
 */
static void write_escaped(FILE *out, const char *target)
{
	for (; *target; target++) {
		if (strchr(UH_INLINE_ESCAPED, *target))
			fputc('\\', out);
		fputc(*target, out);
	}
}

/* Checks one target of the argument, writes it, and stores it in *target. */
static bool write_target(FILE *out, const char *argument, const char *text, size_t length,
			 struct uh_target *target)
{
	char why[UH_WHY], *plain = strndup(text, length);

	if (!plain) {
		uh_error("-m %s: %s", argument, strerror(errno));
		return false;
	}
	bool good = uh_inline_target_check(plain, why);
	uh_inline_unescape(plain, plain, length);
	char *numeric = good ? uh_service_name_replace(plain, UH_TCP, why) : NULL;
	good = numeric && uh_target_parse(numeric, target, why);
	if (good)
		write_escaped(out, numeric);
	else
		uh_error("-m %s: %s", argument, why);
	free(numeric);
	free(plain);
	return good;
}

static void report_fault(void *argument, const struct uh_fault *fault)
{
	uh_error("-m %s: %s", (const char *)argument, fault->text);
}

/*
 * Checks the targets against each other and the destination, as the compiler of routes will.
 * The program that is started would only log such a fault, and have no routes.
 */
static bool check_route(char *argument, const struct uh_route *route)
{
	const struct uh_fault_reporter report = {report_fault, argument};
	struct uh_builder *builder = uh_builder_new(&report);
	bool good = builder && uh_builder_add(builder, route, true) == 0;

	if (!builder || (!good && errno == ENOMEM))
		uh_error("-m %s: %s", argument, strerror(ENOMEM));
	if (builder)
		uh_builder_free(builder);
	return good;
}

/* Checks and writes the targets of a route to the destination with that name. */
static bool write_targets(FILE *out, char *argument, const char *name,
			  const struct uh_destination *destination)
{
	const char *targets = strchr(argument, '=') + 1;
	struct uh_target target[UH_TARGETS_MAX];
	struct uh_route route = {
	    .destination = *destination,
	    .protocol = UH_TCP,
	    .target = target,
	    .text = name,
	};

	for (;; targets++) {
		size_t length = uh_inline_span(targets, ",");

		if (route.targets == UH_TARGETS_MAX) {
			uh_error("-m %s: too many targets; expected at most %d", argument,
				 UH_TARGETS_MAX);
			return false;
		}
		if (!write_target(out, argument, targets, length, &target[route.targets++]))
			return false;
		targets += length;
		if (!*targets)
			return check_route(argument, &route);
		fputc(',', out);
	}
}

/* Writes the routes but those to the destination with that name. */
static void write_others(FILE *out, const char *routes, const char *name)
{
	size_t length, name_length = strlen(name);

	for (; *routes; routes += length) {
		routes += strspn(routes, UH_INLINE_BLANKS);
		length = uh_inline_span(routes, UH_INLINE_BLANKS);
		if (length &&
		    (strncmp(routes, name, name_length) != 0 || routes[name_length] != '='))
			fprintf(out, "%.*s ", (int)length, routes);
	}
}

/*
 * Checks the destination of the argument and stores it in *destination. Returns its text, for
 * free(3), with its port as a number, or NULL (reported).
 */
static char *take_destination(const char *argument, struct uh_destination *destination)
{
	char why[UH_WHY];
	const char *equals = strchr(argument, '=');

	if (!equals) {
		uh_error("-m %s: no '=' in it; expected DEST=TARGET[,TARGET]...", argument);
		return NULL;
	}
	char *name = strndup(argument, (size_t)(equals - argument));
	if (!name) {
		uh_error("-m %s: %s", argument, strerror(errno));
		return NULL;
	}
	char *numeric = uh_service_name_replace(name, UH_TCP, why);
	free(name);
	if (numeric && uh_destination_parse(numeric, destination, why))
		return numeric;
	uh_error("-m %s: %s", argument, why);
	free(numeric);
	return NULL;
}

/* Stores the new routes in *text, which the caller frees even after a failure. */
static bool write_routes(char **text, const char *routes, char *argument, const char *name,
			 const struct uh_destination *destination)
{
	size_t size;
	FILE *out = open_memstream(text, &size);

	if (!out) {
		uh_error("-m %s: %s", argument, strerror(errno));
		return false;
	}
	write_others(out, routes ? routes : "", name);
	fprintf(out, "%s=", name);
	bool good = write_targets(out, argument, name, destination);
	if (fclose(out) == 0)
		return good;
	uh_error("-m %s: %s", argument, strerror(errno));
	return false;
}

/*
 * uh_route_block_target() (config/route_block.c) gives the same warning for routes of a file.
 */
static void warn_if_doubtful(const char *argument, const char *text, size_t length)
{
	char *copy = strndup(text, length), why[UH_WHY];

	if (copy && uh_route_text_is_doubtful(copy, why))
		uh_error("-m %s: warning: %s", argument, why);
	free(copy);
}

static void warn_of_doubts(const char *argument)
{
	size_t length = strcspn(argument, "=");
	const char *target = argument + length;

	warn_if_doubtful(argument, argument, length);
	for (; *target; target += length) {
		target++;
		length = uh_inline_span(target, ",");
		warn_if_doubtful(argument, target, length);
	}
}

static bool add_map(char **routes, char *argument, bool warns)
{
	struct uh_destination destination;
	char *text = NULL, *name = take_destination(argument, &destination);

	if (!name)
		return false;
	bool good = write_routes(&text, *routes, argument, name, &destination);
	free(name);
	if (!good) {
		free(text);
		return false;
	}
	if (warns)
		warn_of_doubts(argument);
	free(*routes);
	*routes = text;
	return true;
}

/* A trailing CR is removed: scripts that read files with DOS line ends pass it on. */
bool uh_map_option_add(char **routes, const char *argument, bool warns)
{
	size_t length = uh_value_span(&argument);
	char *trimmed = strndup(argument, length);
	bool good = trimmed && add_map(routes, trimmed, warns);

	if (!trimmed)
		uh_error("-m %s: %s", argument, strerror(errno));
	free(trimmed);
	return good;
}

bool uh_map_option_begin(char **routes)
{
	const char *value = getenv("UNHAIRPIN_ROUTES");

	*routes = value ? strdup(value) : NULL;
	if (value && !*routes)
		uh_error("UNHAIRPIN_ROUTES: %s", strerror(errno));
	return !value || *routes;
}

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
#include "build/inline_text.h"
#include "build/route_text.h"
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

/* Checks one target of the argument and writes it. */
static bool write_target(FILE *out, const char *argument, const char *text, size_t length)
{
	struct uh_target target;
	char why[UH_WHY], *plain = strndup(text, length);

	if (!plain) {
		uh_error("-m %s: %s", argument, strerror(errno));
		return false;
	}
	bool good = uh_inline_target_check(plain, why);
	uh_inline_unescape(plain, plain, length);
	good = good && uh_target_parse(plain, &target, why);
	if (good)
		write_escaped(out, plain);
	else
		uh_error("-m %s: %s", argument, why);
	free(plain);
	return good;
}

static bool write_targets(FILE *out, const char *argument, const char *targets)
{
	for (;;) {
		size_t length = uh_inline_span(targets, ",");

		if (!write_target(out, argument, targets, length))
			return false;
		if (!targets[length])
			return true;
		fputc(',', out);
		targets += length + 1;
	}
}

/* Writes the routes but those for destination, which ends with '='. */
static void write_others(FILE *out, const char *routes, const char *destination)
{
	size_t length, destination_length = strlen(destination);

	for (; *routes; routes += length) {
		routes += strspn(routes, UH_INLINE_BLANKS);
		length = uh_inline_span(routes, UH_INLINE_BLANKS);
		if (length && strncmp(routes, destination, destination_length) != 0)
			fprintf(out, "%.*s ", (int)length, routes);
	}
}

/*
 * Checks the destination of the argument. Returns it with the '=', for free(3), or NULL
 * (reported).
 */
static char *take_destination(const char *argument)
{
	struct uh_destination ignored;
	char why[UH_WHY];
	const char *equals = strchr(argument, '=');

	if (!equals) {
		uh_error("-m %s: no '=' in it; expected DEST=TARGET[,TARGET]...", argument);
		return NULL;
	}
	char *destination = strndup(argument, (size_t)(equals - argument) + 1);
	if (!destination) {
		uh_error("-m %s: %s", argument, strerror(errno));
		return NULL;
	}
	destination[equals - argument] = '\0';
	bool good = uh_destination_parse(destination, &ignored, why);
	destination[equals - argument] = '=';
	if (good)
		return destination;
	uh_error("-m %s: %s", argument, why);
	free(destination);
	return NULL;
}

/* Stores the new routes in *text, which the caller frees even after a failure. */
static bool write_routes(char **text, const char *routes, const char *destination,
			 const char *argument)
{
	size_t size;
	FILE *out = open_memstream(text, &size);

	if (!out) {
		uh_error("-m %s: %s", argument, strerror(errno));
		return false;
	}
	write_others(out, routes ? routes : "", destination);
	fputs(destination, out);
	bool good = write_targets(out, argument, argument + strlen(destination));
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

static bool add_map(char **routes, const char *argument, bool warns)
{
	char *text = NULL, *destination = take_destination(argument);

	if (!destination)
		return false;
	bool good = write_routes(&text, *routes, destination, argument);
	free(destination);
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

/* SPDX-License-Identifier: MIT */
/* maps.c: -m DEST=TARGET[,TARGET]…, checked and put into the text that UNHAIRPIN_ROUTES holds.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "route.h"

/* The reader of UNHAIRPIN_ROUTES (config/inline.c) has the same rules: blanks stand between
 * routes. */
#define BLANKS " \t\n"

/* Before any other byte a backslash stands for itself. */
static bool is_escape(const char *text)
{
	return text[0] == '\\' && text[1] && strchr(BLANKS ",\\", text[1]);
}

/* The length of text up to the first byte of stops that isn't escaped. */
static size_t span(const char *text, const char *stops)
{
	size_t length = 0;

	while (text[length] && !strchr(stops, text[length]))
		length += is_escape(text + length) ? 2 : 1;
	return length;
}

/* Copies length bytes of text without their escapes. to holds length + 1 bytes. */
static void unescape(char *to, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		i += is_escape(text + i);
		*to++ = text[i];
	}
	*to = '\0';
}

/* Writes one target as UNHAIRPIN_ROUTES needs it: on the command line a blank needs no escape.
 */
static void write_escaped(FILE *out, const char *target)
{
	for (; *target; target++) {
		if (strchr(BLANKS ",\\", *target))
			fputc('\\', out);
		fputc(*target, out);
	}
}

/* Checks one target of an argument and writes it. */
static bool write_target(FILE *out, const char *argument, const char *text, size_t length)
{
	struct uh_target target;
	char why[UH_WHY], *plain = malloc(length + 1);

	if (!plain) {
		uh_error("-m %s: %s", argument, strerror(errno));
		return false;
	}
	unescape(plain, text, length);
	bool good = uh_target_parse(plain, &target, why);
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
		size_t length = span(targets, ",");

		if (!write_target(out, argument, targets, length))
			return false;
		if (!targets[length])
			return true;
		fputc(',', out);
		targets += length + 1;
	}
}

/* Writes the routes of a text, but for those with the given destination ("DEST=", with the
 * '='). */
static void write_others(FILE *out, const char *routes, const char *destination)
{
	size_t length, destination_length = strlen(destination);

	for (; *routes; routes += length) {
		routes += strspn(routes, BLANKS);
		length = span(routes, BLANKS);
		if (length && strncmp(routes, destination, destination_length) != 0)
			fprintf(out, "%.*s ", (int)length, routes);
	}
}

/* Checks the argument's destination. Returns it with its '=', for free(3), or NULL: reported.
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

/* Writes the whole new text into *text, for free(3) in any case. */
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

bool uh_map_add(char **routes, const char *argument)
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
	free(*routes);
	*routes = text;
	return true;
}

bool uh_map_begin(char **routes)
{
	const char *value = getenv("UNHAIRPIN_ROUTES");

	*routes = value ? strdup(value) : NULL;
	if (value && !*routes)
		uh_error("UNHAIRPIN_ROUTES: %s", strerror(errno));
	return !value || *routes;
}

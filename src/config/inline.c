/* SPDX-License-Identifier: MIT */
/*
 * inline.c: routes in one line of text, as UNHAIRPIN_ROUTES and "unhairpin run -m" give them:
 *
 *   DEST=TARGET[,TARGET]… DEST=TARGET…
 *
 * Blanks (space, tab, newline) stand between routes. A backslash takes its meaning from a
 * blank, a comma or a backslash in a target; before any other character it stands for itself.
 * The first
 * "=" ends the destination. Options have their defaults. Faults name UNHAIRPIN_ROUTES as the
 * file and the number of the route, from 1, as the line.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

#define BLANKS " \t\n"

static bool is_escape(const char *text)
{
	return text[0] == '\\' && text[1] && strchr(BLANKS ",\\", text[1]);
}

/* The end of what stands before the next character of stops that is not escaped. */
static char *find_end(char *text, const char *stops)
{
	while (*text && !strchr(stops, *text))
		text += is_escape(text) ? 2 : 1;
	return text;
}

/* Cuts the text at its end, and returns where to go on: after the cut, or at the final NUL. */
static char *cut(char *end)
{
	if (*end)
		*end++ = '\0';
	return end;
}

/* Takes the escapes out, in place. */
static void unescape(char *text)
{
	char *out = text;

	for (; *text; text++) {
		text += is_escape(text);
		*out++ = *text;
	}
	*out = '\0';
}

/* An empty target, as in "a,,b" or "DEST=", is left to uh_target_parse to complain about. */
static void read_targets(struct uh_config *config, unsigned number, char *targets)
{
	bool more = true;

	while (more) {
		char *target = targets;
		char *end = find_end(targets, ",");

		more = *end;
		targets = cut(end);
		unescape(target);
		uh_draft_to(config, number, target);
	}
}

static void read_route(struct uh_config *config, unsigned number, char *route)
{
	char *targets = strchr(route, '=');

	if (!targets) {
		uh_fault(config, number, "\"%s\" has no target; expected DESTINATION=TARGET",
			 route);
		return;
	}
	uh_draft_reset(config);
	read_targets(config, number, cut(targets));
	uh_draft_finish(config, route, number, true);
}

unsigned uh_inline_parse(struct uh_config *config, const char *text)
{
	char *copy = strdup(text ? text : "");
	unsigned number = 0;
	char *at = copy;

	config->file = UH_INLINE_FILE;
	if (!copy) {
		uh_fail(config, ENOMEM);
		return 0;
	}
	while (*(at += strspn(at, BLANKS)) && !config->failure) {
		char *route = at;

		at = cut(find_end(at, BLANKS));
		read_route(config, ++number, route);
	}
	free(copy);
	return number;
}

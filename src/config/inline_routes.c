/* SPDX-License-Identifier: MIT */
/*
 * inline_routes.c: parses inline routes (see inline_text.h). Their options have the defaults. A
 * fault has UNHAIRPIN_ROUTES as its file and the number of the route, from 1, as its line.
 */
#include "build/inline_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

/* Returns the first character of stops that is not escaped, or the final NUL. */
static char *find_end(char *text, const char *stops)
{
	return text + uh_inline_span(text, stops);
}

/* Ends a text at "end". Returns the beginning of the next one, or the final NUL. */
static char *cut(char *end)
{
	if (*end)
		*end++ = '\0';
	return end;
}

/* uh_target_parse reports an empty target, as in "a,,b" or "DEST=". */
static void read_targets(struct uh_config *config, unsigned number, char *targets)
{
	char why[UH_WHY];
	bool more = true;

	while (more) {
		char *target = targets;
		char *end = find_end(targets, ",");

		more = *end;
		targets = cut(end);
		if (!uh_inline_target_check(target, why)) {
			uh_fault(config, number, "%s", why);
			config->block.faulty = true;
			continue;
		}
		uh_inline_unescape(target, target, strlen(target));
		uh_route_block_target(config, number, target);
	}
}

static void read_route(struct uh_config *config, unsigned number, char *route)
{
	char *targets = strchr(route, '=');

	if (!targets) {
		uh_fault(config, number, "\"%s\" has no target; expected DESTINATION=TARGET%s",
			 route,
			 number > 1 ? ", or a comma without a blank before one more target of "
				      "the route before it"
				    : "");
		return;
	}
	uh_route_block_reset(config);
	read_targets(config, number, cut(targets));
	uh_route_block_finish(config, route, number, true);
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
	while (*(at += strspn(at, UH_INLINE_BLANKS)) && !config->failure) {
		char *route = at;

		at = cut(find_end(at, UH_INLINE_BLANKS));
		read_route(config, ++number, route);
	}
	free(copy);
	return number;
}

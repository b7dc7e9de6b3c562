/* SPDX-License-Identifier: MIT */
/* inline_text.c: the grammar of routes in one line. */
#include "inline_text.h"

#include <string.h>

#include "route_text.h"

static bool is_escape(const char *text)
{
	return text[0] == '\\' && text[1] && strchr(UH_INLINE_ESCAPED, text[1]);
}

size_t uh_inline_span(const char *text, const char *stops)
{
	size_t length = 0;

	while (text[length] && !strchr(stops, text[length]))
		length += is_escape(text + length) ? 2 : 1;
	return length;
}

void uh_inline_unescape(char *to, const char *text, size_t length)
{
	const char *end = text + length;

	for (; text < end; text++) {
		text += is_escape(text);
		*to++ = *text;
	}
	*to = '\0';
}

bool uh_inline_target_check(const char *target, char *why)
{
	const char *second = uh_target_find_second(target);
	bool is_path = strncmp(target, "unix:", 5) == 0;
	size_t semicolon = uh_inline_span(target, ";"), length = strlen(target);

	/* The caller has removed a pair of quotes, so this quote is unpaired. */
	if (length && strchr("\"'", target[length - 1]))
		return uh_because(why, UH_QUOTE " ends in a quotation mark; expected none",
				  target);
	if (second && *second == ':')
		return uh_because(
		    why,
		    UH_QUOTE " looks like two targets in one; expected a comma between them",
		    target);
	if (!target[semicolon] && !second && (is_path || !target[uh_inline_span(target, "=")]))
		return true;
	return uh_because(why,
			  UH_QUOTE " looks like two routes in one; expected a blank between "
				   "them, and a backslash before ; | and = of a path",
			  target);
}

/* SPDX-License-Identifier: MIT */
/* inline_text.c: the grammar of routes in one line. */
#include "inline_text.h"

#include <string.h>

#include "parse.h"

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
	bool is_path = strncmp(target, "unix:", 5) == 0;
	size_t semicolon = uh_inline_span(target, ";");

	if (!target[semicolon] && !uh_target_second(target) &&
	    (is_path || !target[uh_inline_span(target, "=")]))
		return true;
	return uh_because(why,
			  UH_QUOTE " looks like two routes in one; expected a blank between "
				   "them, and a backslash before ; | and = of a path",
			  target);
}

/* SPDX-License-Identifier: MIT */
/* html.c: texts from anywhere, for a page. */
#include <stdbool.h>
#include <string.h>

#include "page.h"
#include "command/cli/utf8.h"

static bool is_control(const char *character, size_t length)
{
	unsigned char first = (unsigned char)character[0], second = (unsigned char)character[1];

	return length == 0 || (length == 1 && (first < 0x20 || first == 0x7f)) ||
	       (length == 2 && first == 0xc2 && second < 0xa0);
}

void uh_html_text(FILE *out, const char *text)
{
	static const char special[] = "&<>\"'";
	static const char *const entity[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
	size_t length;

	for (; *text; text += length ? length : 1) {
		const char *found = strchr(special, *text);

		length = uh_utf8_length(text);
		if (is_control(text, length))
			fputs("&#xfffd;", out);
		else if (found)
			fputs(entity[found - special], out);
		else
			fwrite(text, 1, length, out);
	}
}

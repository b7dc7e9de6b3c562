/* SPDX-License-Identifier: MIT */
/* quote.c: escapes of CSV and of Prometheus' text format. */
#include "quote.h"

#include <stddef.h>
#include <string.h>

#include "utf8.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* Writes one character, or U+FFFD for a byte that is not UTF-8. Returns the rest of the text.
 */
static const char *put_character(FILE *out, const char *text)
{
	size_t length = uh_utf8_length(text);

	if (!length) {
		fputs(REPLACEMENT, out);
		return text + 1;
	}
	fwrite(text, 1, length, out);
	return text + length;
}

void uh_put_csv(FILE *out, const char *text)
{
	if (!text[strcspn(text, ",\"\r\n")]) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

void uh_put_label(FILE *out, const char *text)
{
	fputc('"', out);
	while (*text)
		if (*text == '"' || *text == '\\') {
			fprintf(out, "\\%c", *text++);
		} else if (*text == '\n') {
			fputs("\\n", out);
			text++;
		} else {
			text = put_character(out, text);
		}
	fputc('"', out);
}

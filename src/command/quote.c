/* SPDX-License-Identifier: MIT */
/* quote.c: the escapes of JSON, CSV and Prometheus' text format. */
#include "quote.h"

#include <stddef.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* The least that each length may stand for, or it would be an overlong form; and surrogates. */
static int is_allowed(unsigned long code, size_t length)
{
	static const unsigned long least[] = {0, 0, 0x80, 0x800, 0x10000};

	return code >= least[length] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

/* Bytes of the UTF-8 character that text begins with, or 0 where it begins with none. */
static size_t character(const char *text)
{
	unsigned char first = (unsigned char)*text;
	size_t length = first < 0x80   ? 1
			: first < 0xc0 ? 0
			: first < 0xe0 ? 2
			: first < 0xf0 ? 3
			: first < 0xf8 ? 4
				       : 0;
	unsigned long code = length > 1 ? first & (0x7f >> length) : first;

	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (unsigned char)(text[i] & 0x3f);
	}
	return length && is_allowed(code, length) ? length : 0;
}

/* One character as it is, or what stands for a byte that is none. Returns what follows. */
static const char *put_character(FILE *out, const char *text)
{
	size_t length = character(text);

	if (!length) {
		fputs(REPLACEMENT, out);
		return text + 1;
	}
	fwrite(text, 1, length, out);
	return text + length;
}

void uh_put_json(FILE *out, const char *text)
{
	fputc('"', out);
	while (*text)
		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text++);
		else if ((unsigned char)*text < ' ' || *text == 0x7f)
			fprintf(out, "\\u%04x", *text++);
		else
			text = put_character(out, text);
	fputc('"', out);
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

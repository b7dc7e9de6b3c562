/* SPDX-License-Identifier: MIT */
/* json.c: writes texts as JSON strings (RFC 8259). */
#include "json.h"

#include "utf8.h"

static void write_byte(FILE *out, unsigned char byte)
{
	if (byte == '"' || byte == '\\')
		fprintf(out, "\\%c", byte);
	else if (byte == '\n')
		fputs("\\n", out);
	else if (byte < 0x20 || byte == 0x7f)
		fprintf(out, "\\u%04x", byte);
	else
		fputc(byte, out);
}

void uh_json_text(FILE *out, const char *text)
{
	size_t length;

	if (!text) {
		fputs("null", out);
		return;
	}
	fputc('"', out);
	for (; *text; text += length ? length : 1) {
		length = uh_utf8_length(text);
		if (length == 0)
			fputs("\\ufffd", out);
		else if (length == 1)
			write_byte(out, (unsigned char)*text);
		else
			fwrite(text, 1, length, out);
	}
	fputc('"', out);
}

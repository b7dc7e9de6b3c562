/* SPDX-License-Identifier: MIT */
/* utf8.c: well-formed UTF-8, by the table in section 4 of RFC 3629. */
#include "utf8.h"

#include <stdbool.h>

/* Ranges of the first byte and of the second byte; all further bytes are 80 to bf. */
static const struct beginning {
	unsigned char first, last, second_first, second_last, length;
} beginnings[] = {
    {0x01, 0x7f, 0, 0, 1},	 {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

/* A NUL is in no range, so no byte after the end of the text is read. */
static size_t length_by(const struct beginning *beginning, const unsigned char *byte)
{
	if (beginning->length == 1)
		return 1;
	if (byte[1] < beginning->second_first || byte[1] > beginning->second_last)
		return 0;
	for (size_t i = 2; i < beginning->length; i++)
		if (byte[i] < 0x80 || byte[i] > 0xbf)
			return 0;
	return beginning->length;
}

size_t uh_utf8_length(const char *text)
{
	const unsigned char *byte = (const unsigned char *)text;

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(*beginnings); i++)
		if (byte[0] >= beginnings[i].first && byte[0] <= beginnings[i].last)
			return length_by(&beginnings[i], byte);
	return 0;
}

/* False for control characters, including U+0080 to U+009F, and for a length of 0. */
static bool is_clean(const unsigned char *character, size_t length)
{
	if (length == 1)
		return *character >= 0x20 && *character != 0x7f;
	return length > 2 || (length == 2 && (character[0] != 0xc2 || character[1] >= 0xa0));
}

void uh_write_clean(FILE *out, const char *text)
{
	size_t length;

	for (; *text; text += length ? length : 1) {
		length = uh_utf8_length(text);
		if (is_clean((const unsigned char *)text, length))
			fwrite(text, 1, length, out);
		else
			for (size_t i = 0; i < (length ? length : 1); i++)
				fprintf(out, "\\x%02x", (unsigned char)text[i]);
	}
}

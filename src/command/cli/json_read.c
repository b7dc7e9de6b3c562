/* SPDX-License-Identifier: MIT */
/* json_read.c: reads one JSON object (RFC 8259) in place. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "base/host_port.h"
#include "utf8.h"

enum { DEEPEST = 32 }; /* lists and objects within each other */

struct reader {
	char *begin, *at, *end; /* *end is a NUL */
	unsigned depth;
	char *why;
};

__attribute__((format(printf, 2, 3))) static bool fail(struct reader *reader,
						       const char *format, ...)
{
	va_list arguments;
	size_t length;

	va_start(arguments, format);
	vsnprintf(reader->why, UH_WHY, format, arguments);
	va_end(arguments);
	length = strlen(reader->why);
	snprintf(reader->why + length, UH_WHY - length, " at byte %zu",
		 (size_t)(reader->at - reader->begin) + 1);
	return false;
}

static void skip_blanks(struct reader *reader)
{
	reader->at += strspn(reader->at, " \t\r\n");
}

/* Takes one byte and the blanks around it. */
static bool take(struct reader *reader, char byte)
{
	skip_blanks(reader);
	if (*reader->at != byte)
		return false;
	reader->at++;
	skip_blanks(reader);
	return true;
}

/* The four digits behind \u, or -1. */
static int read_hex(const char *text)
{
	char digits[5] = "";

	for (int i = 0; i < 4; i++) {
		if (!text[i] || !strchr("0123456789abcdefABCDEF", text[i]))
			return -1;
		digits[i] = text[i];
	}
	return (int)strtol(digits, NULL, 16);
}

/* \uXXXX, and the second half of a pair; never longer written out than it was. */
static bool read_code(struct reader *reader, char **to)
{
	int low, code = read_hex(reader->at + 1);

	if (code <= 0 || (code >= 0xdc00 && code <= 0xdfff))
		return fail(reader, "bad \\u escape");
	reader->at += 5;
	if (code >= 0xd800 && code <= 0xdbff) {
		low = strncmp(reader->at, "\\u", 2) == 0 ? read_hex(reader->at + 2) : -1;
		if (low < 0xdc00 || low > 0xdfff)
			return fail(reader, "half a surrogate pair");
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
		reader->at += 6;
	}
	char text[5];

	low = (int)uh_utf8_write((unsigned)code, text);
	memcpy(*to, text, (size_t)low);
	*to += low;
	return true;
}

/* at is behind the backslash. */
static bool read_escape(struct reader *reader, char **to)
{
	static const char letter[] = "\"\\/bfnrt", meaning[] = "\"\\/\b\f\n\r\t";
	const char *found = *reader->at ? strchr(letter, *reader->at) : NULL;

	if (*reader->at == 'u')
		return read_code(reader, to);
	if (!found)
		return fail(reader, "bad escape");
	*(*to)++ = meaning[found - letter];
	reader->at++;
	return true;
}

/* Copies one character as it is. */
static bool read_character(struct reader *reader, char **to)
{
	size_t length = uh_utf8_length(reader->at);

	if (length == 0 || (unsigned char)*reader->at < ' ')
		return fail(reader, reader->at == reader->end ? "text without an end"
							      : "no character of a text");
	memmove(*to, reader->at, length);
	*to += length;
	reader->at += length;
	return true;
}

static bool read_text(struct reader *reader, const char **text)
{
	char *to = ++reader->at;

	*text = to;
	while (*reader->at != '"') {
		bool escape = *reader->at == '\\';

		reader->at += escape;
		if (!(escape ? read_escape : read_character)(reader, &to))
			return false;
	}
	reader->at++;
	*to = '\0';
	return true;
}

/* strtod(3) takes more than JSON does: what follows a sign must be a digit. */
static bool read_number(struct reader *reader, double *number)
{
	char *end, *digit = reader->at + (*reader->at == '-');

	if (*digit < '0' || *digit > '9' || (digit[0] == '0' && strchr("xX", digit[1])))
		return fail(reader, "no value");
	*number = strtod(reader->at, &end);
	reader->at = end;
	return true;
}

static bool read_word(struct reader *reader)
{
	static const char *const words[] = {"true", "false", "null"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strncmp(reader->at, words[i], strlen(words[i])) == 0) {
			reader->at += strlen(words[i]);
			return true;
		}
	return fail(reader, "no value");
}

static bool read_members(struct reader *reader, uh_json_member *member, void *context);
static bool read_items(struct reader *reader);

static bool read_nested(struct reader *reader)
{
	bool good;

	if (++reader->depth > DEEPEST)
		return fail(reader, "more than %d levels", DEEPEST);
	good = *reader->at == '{' ? read_members(reader, NULL, NULL) : read_items(reader);
	reader->depth--;
	return good;
}

static bool read_value(struct reader *reader, struct uh_json_value *value)
{
	*value = (struct uh_json_value){.kind = UH_JSON_OTHER};
	if (*reader->at == '"') {
		value->kind = UH_JSON_TEXT;
		return read_text(reader, &value->text);
	}
	if (*reader->at == '{' || *reader->at == '[')
		return read_nested(reader);
	if (*reader->at >= 'a' && *reader->at <= 'z')
		return read_word(reader);
	value->kind = UH_JSON_NUMBER;
	return read_number(reader, &value->number);
}

static bool read_items(struct reader *reader)
{
	struct uh_json_value ignored;

	take(reader, '[');
	if (take(reader, ']'))
		return true;
	do
		if (!read_value(reader, &ignored))
			return false;
	while (take(reader, ','));
	return take(reader, ']') || fail(reader, "expected , or ]");
}

static bool read_member(struct reader *reader, uh_json_member *member, void *context)
{
	struct uh_json_value value;
	const char *name;

	if (*reader->at != '"')
		return fail(reader, "expected a name in quotes");
	if (!read_text(reader, &name))
		return false;
	if (!take(reader, ':'))
		return fail(reader, "expected :");
	if (!read_value(reader, &value))
		return false;
	if (member)
		member(context, name, &value);
	return true;
}

static bool read_members(struct reader *reader, uh_json_member *member, void *context)
{
	if (!take(reader, '{'))
		return fail(reader, "no JSON object");
	if (take(reader, '}'))
		return true;
	do
		if (!read_member(reader, member, context))
			return false;
	while (take(reader, ','));
	return take(reader, '}') || fail(reader, "expected , or }");
}

bool uh_json_object(char *line, size_t length, uh_json_member *member, void *context, char *why)
{
	struct reader reader = {line, line, line + length, 0, why};

	if (!read_members(&reader, member, context))
		return false;
	return reader.at == reader.end || fail(&reader, "more than one object");
}

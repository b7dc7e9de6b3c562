/* SPDX-License-Identifier: MIT */
/* json.c: writes JSON (RFC 8259), one object a line. */
#include "json.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "utf8.h"

#define DIGITS 15 /* of a number: as many as are exact, so that 0.1 stays 0.1 */

json_t *uh_json_string(const char *text)
{
	size_t length;
	json_t *string;
	char *valid, *end;

	if (!text)
		return json_null();
	string = json_string(text);
	if (string)
		return string;
	valid = end = malloc(3 * strlen(text) + 1);
	for (; valid && *text; text += length ? length : 1) {
		length = uh_utf8_length(text);
		end = length ? mempcpy(end, text, length) : mempcpy(end, "\xef\xbf\xbd", 3);
	}
	if (valid)
		*end = '\0';
	string = valid ? json_string(valid) : NULL;
	free(valid);
	return string;
}

json_t *uh_json_optional(const char *text)
{
	return text ? uh_json_string(text) : NULL;
}

json_t *uh_json_decimal(double value)
{
	/* From 2^53 on there are no fractions to round, and the tenths may not fit an int64_t.
	 */
	return json_real(value < 0x1p53 ? (double)(int64_t)(value * 10 + 0.5) / 10 : value);
}

bool uh_json_print(FILE *out, json_t *object)
{
	if (!object) {
		uh_error("%s", strerror(ENOMEM));
		return false;
	}
	json_dumpf(object, out, JSON_COMPACT | JSON_REAL_PRECISION(DIGITS));
	json_decref(object);
	fputc('\n', out);
	return true;
}

static json_t *pack_number(unsigned number)
{
	return number ? json_integer(number) : json_null();
}

bool uh_json_print_place(FILE *out, const char *severity, const char *file, unsigned line,
			 unsigned column, const char *text)
{
	return uh_json_print(out, json_pack("{s:s, s:o, s:o, s:o, s:o}", "severity", severity,
					    "file", uh_json_string(file), "line",
					    pack_number(line), "column", pack_number(column),
					    "text", uh_json_string(text)));
}

bool uh_json_print_finding(FILE *out, const char *severity, const char *file, unsigned line,
			   const char *text)
{
	return uh_json_print_place(out, severity, file, line, 0, text);
}

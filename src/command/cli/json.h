/* SPDX-License-Identifier: MIT */
/* json.h: JSON as the command writes it, one object a line, by jansson. */
#ifndef UH_JSON_H
#define UH_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/*
 * Returns text as a new JSON string, with U+FFFD for each byte that is not UTF-8, or JSON null
 * if text is NULL. Returns NULL if memory ran out; json_pack(3)'s "o" passes that on.
 */
json_t *uh_json_string(const char *text);

/* Returns uh_json_string(text), or NULL if text is NULL: json_pack(3)'s "o*" omits the member
 * then.
 */
json_t *uh_json_optional(const char *text);

/*
 * Returns value, which is not negative, as a new JSON number with one decimal, or NULL if
 * memory ran out.
 */
json_t *uh_json_decimal(double value);

/*
 * Prints object as one line and releases it. Returns false if object is NULL because memory ran
 * out (reported). Write errors are left to uh_output_end() or to the caller's ferror(3).
 */
bool uh_json_print(FILE *out, json_t *object);

/*
 * Prints one result of a check as {"severity":…,"file":…,"line":…,"column":…,"text":…}. file
 * may be NULL, and line and column 0; they are then null. Returns as uh_json_print().
 */
bool uh_json_print_place(FILE *out, const char *severity, const char *file, unsigned line,
			 unsigned column, const char *text);

/* uh_json_print_place() without a column. */
bool uh_json_print_finding(FILE *out, const char *severity, const char *file, unsigned line,
			   const char *text);

#endif

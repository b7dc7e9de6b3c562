/* SPDX-License-Identifier: MIT */
/* json.h: JSON as the command writes it, one object a line, and reads it back. */
#ifndef UH_JSON_H
#define UH_JSON_H

#include <stdio.h>

/*
 * Writes text as a JSON string with its quotes. Bytes that are no UTF-8 become U+FFFD each, so
 * that the output is UTF-8 whatever a program or path is called. text may be NULL: null.
 */
void uh_json_text(FILE *out, const char *text);

#endif

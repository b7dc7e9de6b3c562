/* SPDX-License-Identifier: MIT */
/* utf8.h: tells UTF-8 from other bytes. */
#ifndef UH_UTF8_H
#define UH_UTF8_H

#include <stddef.h>
#include <stdio.h>

/*
 * Returns the length in bytes of the character that text, which is not "", begins with, or 0 if
 * it does not begin with well-formed UTF-8 (RFC 3629: no over-long forms, no surrogates,
 * nothing above U+10FFFF).
 */
size_t uh_utf8_length(const char *text);

/* Writes text as a part of one line for a terminal: control characters and bytes that are not
 * UTF-8 as \xNN. */
void uh_write_clean(FILE *out, const char *text);

#endif

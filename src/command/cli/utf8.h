/* SPDX-License-Identifier: MIT */
/* utf8.h: tells characters from bytes that are none. */
#ifndef UH_UTF8_H
#define UH_UTF8_H

#include <stddef.h>
#include <stdio.h>

/*
 * Bytes of the character that text (not "") begins with, or 0 where that is not well-formed
 * UTF-8 (RFC 3629: no over-long forms, no surrogates, nothing above U+10FFFF).
 */
size_t uh_utf8_length(const char *text);

/* Writes a code point of at most U+10FFFF into text (5 bytes, with its NUL). Returns its bytes.
 */
size_t uh_utf8_write(unsigned code, char *text);

/* Writes text with the bytes that control a terminal, or end a line, as \xNN. */
void uh_write_clean(FILE *out, const char *text);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * inline_text.h: the grammar of inline routes, as in UNHAIRPIN_ROUTES and the option -m:
 *
 *   DEST=TARGET[,TARGET]… DEST=TARGET…
 *
 * Blanks separate routes. The first "=" ends the destination. In a target, a backslash makes a
 * following blank, comma, semicolon, bar, "=" or backslash an ordinary character; before any
 * other character the backslash is an ordinary character itself.
 */
#ifndef UH_INLINE_TEXT_H
#define UH_INLINE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define UH_INLINE_BLANKS " \t\r\n\v\f"

/* The bytes that a backslash escapes. */
#define UH_INLINE_ESCAPED UH_INLINE_BLANKS ",;|=\\"

/*
 * Returns the length of text up to the first byte of stops that is not escaped, or to its end.
 */
size_t uh_inline_span(const char *text, const char *stops);

/*
 * Copies length bytes of text without their escapes. to has length + 1 bytes, and may be text.
 */
void uh_inline_unescape(char *to, const char *text, size_t length);

/*
 * Checks a target that is still escaped. Returns false, with a reason in why (UH_WHY bytes), if
 * it seems to contain a second route (a semicolon, a separator with a target behind it, or a
 * "=" outside of a path), or if it ends in a quotation mark.
 */
bool uh_inline_target_check(const char *target, char *why);

#endif

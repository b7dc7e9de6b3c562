/* SPDX-License-Identifier: MIT */
/*
 * inline_text.h: the grammar of routes in one line, as UNHAIRPIN_ROUTES and -m have them:
 *
 *   DEST=TARGET[,TARGET]… DEST=TARGET…
 *
 * Blanks stand between routes. The first "=" ends the destination. A backslash takes its
 * meaning from a blank, a comma, a semicolon, a bar, a "=" or a backslash in a target; before
 * any other character it stands for itself.
 */
#ifndef UH_INLINE_TEXT_H
#define UH_INLINE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define UH_INLINE_BLANKS " \t\r\n\v\f"

/* Bytes that a backslash escapes. */
#define UH_INLINE_ESCAPED UH_INLINE_BLANKS ",;|=\\"

/* The length of text up to the first byte of stops that is not escaped, or to its end. */
size_t uh_inline_span(const char *text, const char *stops);

/* Copies length bytes of text without their escapes. to holds length + 1 bytes, and may be
 * text. */
void uh_inline_unescape(char *to, const char *text, size_t length);

/*
 * False, with a reason in why (UH_WHY bytes), for a target, still escaped, that looks like the
 * end of one route and another one behind it: it has a semicolon, or a target behind a
 * separator, or a "=" without being a path. The same for one that ends in a quotation mark.
 */
bool uh_inline_target_check(const char *target, char *why);

#endif

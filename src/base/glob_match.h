/* SPDX-License-Identifier: MIT */
/* glob_match.h: patterns of the shell, for the names of programs. */
#ifndef UH_GLOB_MATCH_H
#define UH_GLOB_MATCH_H

#include <stdbool.h>

/*
 * Whether the glob (glob(7): "*", "?", "[…]" with ranges and "!" or "^", "[:class:]" of ASCII,
 * a backslash before what is meant literally) matches the whole text, byte by byte. No
 * character is special in the text: "*" matches a slash and a leading period too. That is
 * fnmatch(3) without flags in the C locale, which in other locales converts both texts to wide
 * characters, on the stack or the heap, and in a program of another locale says otherwise.
 * Async-signal-safe.
 */
bool uh_glob_match(const char *glob, const char *text);

#endif

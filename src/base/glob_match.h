/* SPDX-License-Identifier: MIT */
/* glob_match.h: patterns of the shell, for the names of programs. */
#ifndef UH_GLOB_MATCH_H
#define UH_GLOB_MATCH_H

#include <stdbool.h>

/*
 * True if the glob matches the whole text, byte by byte. The glob is as in glob(7): "*", "?",
 * "[…]" with ranges, "!" or "^" and "[:class:]" of ASCII, and a backslash before a literal
 * character. "*" matches a slash and a leading period too. The result is that of fnmatch(3)
 * without flags in the C locale; fnmatch(3) itself depends on the program's locale, and may
 * allocate. Async-signal-safe.
 */
bool uh_glob_match(const char *glob, const char *text);

#endif

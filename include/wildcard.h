/* SPDX-License-Identifier: MIT */
/* wildcard.h: fnmatch(3) for code that may have little stack. */
#ifndef UH_WILDCARD_H
#define UH_WILDCARD_H

#include <stdbool.h>

/*
 * True if the glob matches the whole text: as fnmatch(3) without flags in the C locale, but for
 * lists with "[." and "[=". So "*" and "?" match a slash and a leading dot, too, and "?" one
 * byte, whatever the program's locale is. Takes 200 bytes of stack, libc's five kilobytes.
 * Async-signal-safe.
 */
bool uh_wildcard_matches(const char *glob, const char *text);

#endif

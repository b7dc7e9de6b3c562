/* SPDX-License-Identifier: MIT */
/* text_hints.h: says how a wrong target or destination has to be written. */
#ifndef UH_TEXT_HINTS_H
#define UH_TEXT_HINTS_H

#include <stdbool.h>

/*
 * If text, which is no target, is written in one of the usual wrong forms (a URL, a path, a
 * list, a name, an IPv6 address and a port without brackets), writes a sentence with the right
 * form into why (UH_WHY bytes) and returns true. Not async-signal-safe.
 */
bool uh_target_hint(const char *text, char *why);

/* Does the same for text that is no destination: a URL, a list, "*:443", IPv6 and a port. */
bool uh_destination_hint(const char *text, char *why);

/* Says how the path of a Unix target, which is not absolute, has to be written, as above. */
bool uh_unix_path_hint(const char *path, char *why);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * path_template.h: the template of a Unix target's path, and the path that it gives.
 *
 * In a template "%p" is the port that was asked for, in decimal, "%a" the address as
 * uh_address_format writes it, and "%%" a percent sign. No other "%" is valid.
 */
#ifndef UH_PATH_TEMPLATE_H
#define UH_PATH_TEMPLATE_H

#include "route.h"

/*
 * Writes the path that a template of length bytes gives for a connection to asked into path
 * (UH_PATH_MAX + 1 bytes), with a NUL behind it. Returns the path's length without that NUL. A
 * longer path is cut, but the builder accepts no template that gives one.
 * Async-signal-safe.
 */
size_t uh_path_expand(const char *template, size_t length, const struct uh_endpoint *asked,
		      char *path);

/*
 * Returns the length in bytes of the longest path that a template gives for connections to the
 * destination. If destination is NULL, each pair counts as one byte, so that no path is
 * shorter. Async-signal-safe.
 */
size_t uh_path_longest(const char *template, size_t length,
		       const struct uh_destination *destination);

/*
 * Writes the directory that all paths of a template lie under, as deep as it is fixed, into
 * path (UH_PATH_MAX + 1 bytes): it ends in "/", and a NUL follows. Of an abstract name without
 * "/" it is what precedes the first "%p" or "%a". Returns the length. Async-signal-safe.
 */
size_t uh_path_fixed(const char *template, size_t length, char *path);

/* Returns the place of the first "%p" or "%a" in a template, or NULL. Async-signal-safe. */
const char *uh_path_variable(const char *template, size_t length);

/* True if a template has "%" and the letter. Async-signal-safe. */
bool uh_path_has(const char *template, size_t length, char letter);

/* Returns the first "%" that is not part of "%p", "%a" or "%%", or NULL. Async-signal-safe. */
const char *uh_path_bad_percent(const char *template, size_t length);

#endif

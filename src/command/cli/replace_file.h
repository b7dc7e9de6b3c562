/* SPDX-License-Identifier: MIT */
/* replace_file.h: writes a file that appears whole, in the place of an older one. */
#ifndef UH_REPLACE_FILE_H
#define UH_REPLACE_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

/* A file while it is written: path is what it replaces. */
struct uh_replacement {
	FILE *stream;
	const char *path;
	char temporary[PATH_MAX];
};

/*
 * Makes a temporary file beside path, which is borrowed and names a regular file or none.
 * Returns false on failure (reported).
 */
bool uh_replacement_begin(struct uh_replacement *replacement, const char *path);

/*
 * Renames the temporary file to path, with mode 0644, if good is true and all could be written;
 * else removes it. Returns false if path was not replaced (a failure is reported).
 */
bool uh_replacement_end(struct uh_replacement *replacement, bool good);

#endif

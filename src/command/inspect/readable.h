/* SPDX-License-Identifier: MIT */
/* readable.h: files of the configuration that other users cannot read. */
#ifndef UH_READABLE_H
#define UH_READABLE_H

#include <stdbool.h>

struct uh_table;

/*
 * Calls report for each file and directory that the table was made from, and for its cache at
 * cache (or NULL), that belongs to root and that other users cannot read: their programs have
 * no routes then. The text names the cure. Returns false if there is such a file.
 */
bool uh_readable_by_all(const struct uh_table *table, const char *cache,
			void (*report)(const char *path, const char *text));

#endif

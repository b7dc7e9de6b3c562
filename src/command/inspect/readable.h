/* SPDX-License-Identifier: MIT */
/* readable.h: files of the configuration that other users cannot read. */
#ifndef UH_READABLE_H
#define UH_READABLE_H

#include <stdbool.h>

struct uh_table;
struct uh_table_request;

/*
 * Calls report for each file and directory that the table of source was made from, and for the
 * cache of source, that belongs to root and that other users cannot read: their programs have
 * no routes then. Substitutes are left out: a candidate in a private directory gets its mode
 * when it is installed. The text names the cure. Returns false if there is such a file.
 */
bool uh_readable_by_all(const struct uh_table_request *source, const struct uh_table *table,
			void (*report)(const char *path, const char *text));

#endif

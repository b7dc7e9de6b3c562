/* SPDX-License-Identifier: MIT */
/* freshness.h: tells if the files that a table was made from have changed. */
#ifndef UH_FRESHNESS_H
#define UH_FRESHNESS_H

#include "table.h"

enum uh_freshness {
	UH_SAME,
	UH_YOUNG, /* unchanged, but read so soon after a write that a second write might not
		     show */
	UH_CHANGED,
};

/*
 * Compares the table's sources with the files on disk, by one stat(2) each. A file on which
 * stat(2) fails for lack of permission counts as unchanged, because this process could not read
 * a changed one either. The file that switches the routes off does not count, because it
 * changes nothing in the table. Leaves errno as it was. Async-signal-safe.
 */
enum uh_freshness uh_freshness(const struct uh_table *table);

/*
 * Returns the path of the file that switches the table's routes off while it exists, or NULL if
 * it is damaged. Async-signal-safe.
 */
const char *uh_table_off_path(const struct uh_table *table);

/*
 * True if the file at path exists and belongs to root or to the effective user (stat(2)). In a
 * directory that all can write to, the file of another user must not switch routes off. Sets
 * errno if it does not exist. Async-signal-safe.
 */
bool uh_is_off_file(const char *path);

/*
 * True if that file exists, as uh_is_off_file says: then no route applies. Returns before,
 * which is the last answer or false, if the process lacks the permission to look. Leaves errno
 * as it was. Async-signal-safe.
 */
bool uh_table_is_off(const struct uh_table *table, bool before);

/* The origin of a table: its main file, which may include others, and its inline routes. */
struct uh_origin {
	const char *file,
	    *inline_routes; /* absolute path of the main file; either may be NULL */
	bool secure;	    /* the program has AT_SECURE */
};

/*
 * True if the table was made from this origin, and its files were trusted then: owned by root
 * (or, unless secure, by the effective user) and not writable by others. Async-signal-safe.
 */
bool uh_table_has_origin(const struct uh_table *table, const struct uh_origin *origin);

#endif

/* SPDX-License-Identifier: MIT */
/* freshness.h: whether what a table was made from is still as it was. */
#ifndef UH_FRESHNESS_H
#define UH_FRESHNESS_H

#include "table.h"

enum uh_freshness {
	UH_SAME,
	UH_YOUNG, /* the same, but read so soon after a write that the next one may not show */
	UH_CHANGED,
};

/*
 * Compares the table's sources with the files as they are, by one stat(2) each. A file that may
 * not be asked about counts as unchanged: this process could not read it either. errno is kept.
 * Async-signal-safe.
 */
enum uh_freshness uh_freshness(const struct uh_table *table);

/* The origin of a table: its main file, which may include others, and its inline routes. */
struct uh_origin {
	const char *file, *inline_routes; /* the main file, absolute; each NULL for none */
	bool secure;			  /* for a program with AT_SECURE */
};

/*
 * True when the table was made from that, and all the files were then owned and protected as a
 * configuration has to be. Async-signal-safe.
 */
bool uh_made_from(const struct uh_table *table, const struct uh_origin *origin);

#endif

/* SPDX-License-Identifier: MIT */
/* changes.h: the differences of two tables, put together as people see them. */
#ifndef UH_CHANGES_H
#define UH_CHANGES_H

#include "compare_tables.h"

/*
 * A change: all destinations that certain routes of the old table answer, and certain others of
 * the new one. The stretch is the smallest that holds them all; a more specific change, or a
 * more specific route that did not change, takes its own part of it.
 */
struct uh_change {
	const char *name; /* the shortest name, or NULL */
	struct uh_address first, last;
	uint16_t first_port, last_port;
	unsigned protocols; /* a set of enum uh_protocol */
	const struct uh_table_route **answer[UH_SIDES];
	size_t count[UH_SIDES];
};

/* A list of changes; struct uh_change in the order of the first difference of each. */
struct uh_changes {
	struct uh_change **list;
	size_t count;
	void *map; /* private */
};

/*
 * Compares two tables. Returns false if memory ran out. *changes must be freed in any case, and
 * before the tables.
 */
bool uh_changes_find(const struct uh_table *const table[UH_SIDES], struct uh_changes *changes);
void uh_changes_free(struct uh_changes *changes);

/* Room for the text of any destination but a name, and of a name. */
#define UH_CHANGE_TEXT 384

/*
 * Writes the stretch as the destination of a route, or, if it is no network, with "FIRST-LAST"
 * for the addresses, into text (UH_CHANGE_TEXT bytes). Returns text.
 */
char *uh_change_destination(const struct uh_change *change, char *text);

#endif

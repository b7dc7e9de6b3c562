/* SPDX-License-Identifier: MIT */
/* compare_tables.h: finds the destinations for which two tables have different answers. */
#ifndef UH_COMPARE_TABLES_H
#define UH_COMPARE_TABLES_H

#include "table/table.h"

/* The index of one of the two tables. */
enum uh_side { UH_OLD, UH_NEW, UH_SIDES };

/*
 * The answer of a table: the routes that a connection can take, the most specific first, up to
 * the first one without a condition. A direct route at the end is left out, because no route
 * leads to the original address as well.
 */
#define UH_ANSWER_MAX 256
struct uh_table_chain {
	const struct uh_table_route *route[UH_ANSWER_MAX];
	size_t count;
};

/* A stretch of destinations with one answer in each table; these two differ. */
struct uh_difference {
	const char *name; /* a name or "*.NAME"; NULL: the addresses from first to last */
	struct uh_address first, last;
	uint16_t first_port, last_port;
	enum uh_protocol protocol; /* UH_TCP or UH_UDP */
	const struct uh_table_chain *answer[UH_SIDES];
};

/*
 * Calls take with each difference: addresses first, in rising order, then names. Stand-ins of
 * names count as the names alone. The difference lives during the call of take. Returns false
 * if memory ran out, or if take returned false.
 */
bool uh_tables_compare(const struct uh_table *const table[UH_SIDES],
		       bool (*take)(void *context, const struct uh_difference *difference),
		       void *context);

#endif

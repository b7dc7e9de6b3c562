/* SPDX-License-Identifier: MIT */
/*
 * answer_rows.h: collects the rows of answers, equal ones once, and puts them into one array.
 *
 * Until then a row refers to another one by its place: 1 plus its index in its own section. 0
 * is no row.
 */
#ifndef UH_ANSWER_ROWS_H
#define UH_ANSWER_ROWS_H

#include "flatten.h"

enum uh_answer_section {
	UH_SEGMENT_ROWS,
	UH_CELL_ROWS,
	UH_TARGET_ROWS,
	UH_USER_ROWS,
	UH_ANSWER_SECTIONS
};

struct uh_answer_rows;

/* Returns an empty collection for a table, or NULL with errno ENOMEM. */
struct uh_answer_rows *uh_answer_rows_new(const struct uh_table *table);

/* Frees the collection, which may be NULL. */
void uh_answer_rows_free(struct uh_answer_rows *answers);

/*
 * Adds count (at least 1) rows in a row, or finds an equal run. Returns the place of the first,
 * or 0 with errno ENOMEM, or E2BIG if the rows alone are more than a table can have.
 */
uint32_t uh_answer_rows_add(struct uh_answer_rows *answers, enum uh_answer_section section,
			    const union uh_row *row, size_t count);

/* Returns the place of the counters of a route of the table. */
uint32_t uh_answer_rows_route(const struct uh_answer_rows *answers,
			      const struct uh_table_route *route);

/*
 * Adds an interval behind the last one, unless the last one has the same segments. Returns
 * false with errno ENOMEM.
 */
bool uh_answer_rows_interval(struct uh_answer_rows *answers,
			     const struct uh_keyed_row *interval);

/* Makes the array. Returns false with errno ENOMEM or E2BIG, as uh_flatten(). */
bool uh_answer_rows_finish(struct uh_answer_rows *answers,
			   const struct uh_flatten_origin *origin, struct uh_rows *rows);

#endif

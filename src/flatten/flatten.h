/* SPDX-License-Identifier: MIT */
/* flatten.h: a table's answers as rows for the kernel (kernel_table.h). */
#ifndef UH_FLATTEN_H
#define UH_FLATTEN_H

#include "kernel_table.h"
#include "table/table.h"

/* The source and the place of the routes, which the rows contain as well. */
struct uh_flatten_origin {
	const char *file;   /* the configuration's path; NULL is "" */
	const char *routes; /* inline routes; NULL is "" */
	bool optional;	    /* the file may be missing */
	uint64_t network;   /* cookie of this network name space, or 0 if it is unknown */
	uint64_t time;	    /* seconds since 1970 */
	/* Returns true if the address is an interface's of this host. May be NULL. */
	bool (*is_local)(const struct uh_address *address, void *context);
	void *context;
};

/* Rows for free(3). */
struct uh_rows {
	union uh_row *row;
	size_t count;
};

/*
 * Makes the rows of a table, so that uh_rows_find() (kernel_search.h) answers as
 * uh_table_find() does. The kernel leaves a destination alone if the best route there is one
 * that it cannot carry (carriable.h), or has more than UH_CHAIN_MAX - 1 routes with users
 * before it. Returns false with errno ENOMEM, or E2BIG if the table has too many rows; *rows is
 * empty then.
 */
bool uh_flatten(const struct uh_table *table, const struct uh_flatten_origin *origin,
		struct uh_rows *rows);

/* Returns the NUL-terminated text at an offset of the rows' texts, or "". */
const char *uh_rows_text(const struct uh_rows *rows, uint32_t offset);

/*
 * Returns the answer of the rows for a destination, or NULL if no route is for it: the search
 * of the kernel's programs.
 */
const struct uh_cell_row *uh_rows_answer(const struct uh_rows *rows,
					 const struct uh_endpoint *destination,
					 enum uh_protocol protocol, uint32_t user);

/* Returns row index of the rows, or NULL. */
const union uh_row *uh_rows_at(const struct uh_rows *rows, uint32_t index);

#endif

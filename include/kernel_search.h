/* SPDX-License-Identifier: MIT */
/*
 * kernel_search.h: the search in a table of rows (kernel_table.h). The kernel's programs and
 * the command include the same code, so that unit tests test both.
 *
 * The includer defines uh_row_at(table, index) before: it returns the row, or NULL outside of
 * the table. Every loop has a bound, for the kernel's verifier.
 */
#ifndef UH_KERNEL_SEARCH_H
#define UH_KERNEL_SEARCH_H

#include <stdbool.h>

#include "kernel_table.h"

/* An address as two numbers (struct uh_keyed_row), and a port in host order. */
struct uh_row_endpoint {
	uint64_t high, low;
	uint16_t port;
	uint16_t unused[3]; /* compared and hashed with the rest */
};

/*
 * Returns the index of the last of count sorted rows whose key is at most (high, low). The
 * first row's key must be; if it is not, or if there is one row, the result is the first.
 */
static __attribute__((noinline)) uint32_t uh_last_row_to(const void *table, uint32_t first,
							 uint32_t count, uint64_t high,
							 uint64_t low)
{
	for (uint32_t step = 0; step < UH_SEARCH_STEPS && count > 1; step++) {
		uint32_t half = count / 2;
		const union uh_row *row = uh_row_at(table, first + half);

		if (!row)
			return first;
		if (row->keyed.high < high ||
		    (row->keyed.high == high && row->keyed.low <= low)) {
			first += half;
			count -= half;
		} else {
			count = half;
		}
	}
	return first;
}

/* Returns the row of 256 bits of the prefilter that has the address's bit, and its bit there.
 */
static inline uint32_t uh_prefilter_row_of(const struct uh_row_endpoint *asked, uint32_t *bit)
{
	bool ipv4 = asked->high == 0 && asked->low >> 32 == 0xffff;
	uint32_t first = ipv4 ? (uint32_t)asked->low >> 16 : (uint32_t)(asked->high >> 48);

	*bit = first % 256;
	return UH_PREFILTER_ROW + (ipv4 ? 0 : UH_PREFILTER_ROWS / 2) + first / 256;
}

/* True if some route may be for the address. Most calls end here. */
static inline bool uh_rows_may_match(const void *table, const struct uh_row_endpoint *asked)
{
	uint32_t bit, index = uh_prefilter_row_of(asked, &bit);
	const union uh_row *row = uh_row_at(table, index);

	return row && (row->word[bit / 64 % 4] >> bit % 64 & 1);
}

/* True if a cell is for the user. */
static inline bool uh_cell_includes(const void *table, const struct uh_cell_row *cell,
				    uint32_t user)
{
	const union uh_row *row;

	if (cell->users == 0)
		return true;
	row = uh_row_at(table, uh_last_row_to(table, cell->user, cell->users, 0, user));
	if (row && row->keyed.low == user)
		return row->keyed.included;
	return cell->includes_others;
}

/* Returns the first cell of a chain that is for the user, or NULL. */
static inline const struct uh_cell_row *uh_cell_of(const void *table, uint32_t index,
						   uint32_t user)
{
	for (uint32_t step = 0; step < UH_CHAIN_MAX && index; step++) {
		const union uh_row *row = uh_row_at(table, index + step);

		if (!row)
			return NULL;
		if (uh_cell_includes(table, &row->cell, user))
			return &row->cell;
		if (!row->cell.has_next)
			return NULL;
	}
	return NULL;
}

/* Returns the answer for an address and port, or NULL if no route is for them. */
static inline const struct uh_cell_row *uh_rows_find(const void *table,
						     const struct uh_row_endpoint *asked,
						     bool tcp, uint32_t user)
{
	const union uh_row *header, *interval, *segment;

	if (!uh_rows_may_match(table, asked))
		return NULL;
	header = uh_row_at(table, UH_HEADER_ROW);
	if (!header)
		return NULL;
	interval =
	    uh_row_at(table, uh_last_row_to(table, UH_FIRST_INTERVAL_ROW,
					    header->header.intervals, asked->high, asked->low));
	if (!interval || interval->keyed.segments == 0)
		return NULL;
	segment = uh_row_at(table, uh_last_row_to(table, interval->keyed.segment,
						  interval->keyed.segments, 0, asked->port));
	if (!segment)
		return NULL;
	return uh_cell_of(table, tcp ? segment->keyed.tcp : segment->keyed.udp, user);
}

#endif

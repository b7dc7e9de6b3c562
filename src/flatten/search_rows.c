/* SPDX-License-Identifier: MIT */
/* search_rows.c: the search of the kernel's programs, for the command. */
#include "flatten.h"

const union uh_row *uh_rows_at(const struct uh_rows *rows, uint32_t index)
{
	return index < rows->count ? &rows->row[index] : NULL;
}

#define uh_row_at(table, index) uh_rows_at(table, index)
#include "kernel_search.h"

const struct uh_cell_row *uh_rows_answer(const struct uh_rows *rows,
					 const struct uh_endpoint *destination,
					 enum uh_protocol protocol, uint32_t user)
{
	struct uh_row_endpoint asked = {.port = destination->port};

	for (int i = 0; i < 8; i++) {
		asked.high = asked.high << 8 | destination->address.byte[i];
		asked.low = asked.low << 8 | destination->address.byte[8 + i];
	}
	return uh_rows_find(rows, &asked, protocol == UH_TCP, user);
}

const char *uh_rows_text(const struct uh_rows *rows, uint32_t offset)
{
	const struct uh_header_row *header = &rows->row->header;

	if (offset >= header->text_bytes ||
	    header->text * sizeof(*rows->row) + header->text_bytes >
		rows->count * sizeof(*rows->row))
		return "";
	return (const char *)&rows->row[header->text] + offset;
}

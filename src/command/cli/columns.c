/* SPDX-License-Identifier: MIT */
/* columns.c: tables for people, laid out by libsmartcols. */
#include "columns.h"

#include <libsmartcols/libsmartcols.h>
#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/journal.h"

struct uh_columns {
	struct libscols_table *table;
	struct libscols_line *line; /* the last row */
	size_t count, next;	    /* the number of columns, and the column of the next cell */
	bool failed;		    /* memory ran out for a cell */
};

/*
 * The titles are an ordinary row, because libsmartcols prints no headings over an empty table.
 */
struct uh_columns *uh_columns_new(const char *const *title, const bool *right, size_t count)
{
	struct uh_columns *columns = calloc(1, sizeof(*columns));

	if (!columns)
		return NULL;
	columns->count = count;
	columns->table = scols_new_table();
	columns->failed = !columns->table ||
			  scols_table_enable_noheadings(columns->table, 1) != 0 ||
			  scols_table_set_column_separator(columns->table, "  ") != 0;
	for (size_t i = 0; i < count && !columns->failed; i++)
		columns->failed = !scols_table_new_column(columns->table, "", 0,
							  right[i] ? SCOLS_FL_RIGHT : 0);
	for (size_t i = 0; title && i < count; i++)
		uh_columns_add(columns, UH_TITLE, "%s", title[i]);
	return columns;
}

void uh_columns_free(struct uh_columns *columns)
{
	if (!columns)
		return;
	scols_unref_table(columns->table);
	free(columns);
}

/* Adds one cell, which owns text from then on. */
static bool add(struct uh_columns *columns, enum uh_shade shade, char *text)
{
	const char *colour = shade == UH_PLAIN ? NULL : uh_shade_sequence(shade);
	struct libscols_cell *cell;

	if (columns->next == 0)
		columns->line = scols_table_new_line(columns->table, NULL);
	cell = columns->line ? scols_line_get_cell(columns->line, columns->next) : NULL;
	columns->next = (columns->next + 1) % columns->count;
	if (cell && scols_cell_refer_data(cell, text) == 0)
		return scols_cell_set_color(cell, colour) == 0;
	free(text);
	return false;
}

void uh_columns_add(struct uh_columns *columns, enum uh_shade shade, const char *format, ...)
{
	va_list arguments;
	char *text;

	if (!columns || columns->failed)
		return;
	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	if (text && !*text) {
		free(text);
		text = strdup("-");
	}
	columns->failed = !text || !add(columns, shade, uh_journal_plain(text));
}

bool uh_columns_print(const struct uh_columns *columns, FILE *out, bool colours)
{
	locale_t utf8, before;
	bool good;

	if (!columns || columns->failed)
		return false;
	/* libsmartcols counts characters by the locale. Texts are UTF-8 whatever that is. */
	utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	before = uselocale(utf8);
	scols_table_set_stream(columns->table, out);
	scols_table_set_termforce(columns->table, SCOLS_TERMFORCE_NEVER);
	scols_table_enable_colors(columns->table, colours);
	good = scols_print_table(columns->table) == 0;
	uselocale(before);
	if (utf8)
		freelocale(utf8);
	return good;
}

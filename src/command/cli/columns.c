/* SPDX-License-Identifier: MIT */
/* columns.c: tables whose columns are as wide as what is in them. */
#include "columns.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/journal.h"

struct cell {
	char *text; /* owned */
	enum uh_shade shade;
};

struct uh_columns {
	const bool *right;
	size_t count;
	struct cell *cell;
	size_t cells;
	bool failed; /* there was no memory for a cell */
};

struct uh_columns *uh_columns_new(const char *const *title, const bool *right, size_t count)
{
	struct uh_columns *columns = calloc(1, sizeof(*columns));

	if (!columns)
		return NULL;
	columns->right = right;
	columns->count = count;
	for (size_t i = 0; i < count; i++)
		uh_columns_add(columns, UH_TITLE, "%s", title[i]);
	return columns;
}

void uh_columns_free(struct uh_columns *columns)
{
	if (!columns)
		return;
	for (size_t i = 0; i < columns->cells; i++)
		free(columns->cell[i].text);
	free(columns->cell);
	free(columns);
}

/* Room doubles at each power of two. */
static bool add(struct uh_columns *columns, struct cell cell)
{
	size_t cells = columns->cells;
	struct cell *grown = columns->cell;

	if (!cell.text)
		return false;
	if (!(cells & (cells - 1)))
		grown = realloc(grown, (cells ? 2 * cells : 1) * sizeof(*grown));
	if (!grown) {
		free(cell.text);
		return false;
	}
	columns->cell = grown;
	grown[columns->cells++] = cell;
	return true;
}

void uh_columns_add(struct uh_columns *columns, enum uh_shade shade, const char *format, ...)
{
	struct cell cell = {.shade = shade};
	va_list arguments;
	int length;

	if (!columns)
		return;
	va_start(arguments, format);
	length = vasprintf(&cell.text, format, arguments);
	va_end(arguments);
	if (length == 0) {
		free(cell.text);
		cell.text = strdup("-");
	} else if (length < 0) {
		cell.text = NULL;
	} else {
		uh_journal_plain(cell.text);
	}
	if (!add(columns, cell))
		columns->failed = true;
}

/* Characters of UTF-8: a byte that goes on with one counts for nothing. */
static int width_of(const char *text)
{
	int width = 0;

	for (; *text; text++)
		width += (*text & 0xc0) != 0x80;
	return width;
}

static int width_of_column(const struct uh_columns *columns, size_t column)
{
	int widest = 0;

	for (size_t i = column; i < columns->cells; i += columns->count) {
		int width = width_of(columns->cell[i].text);

		widest = width > widest ? width : widest;
	}
	return widest;
}

static void print_cell(const struct cell *cell, FILE *out, bool colours)
{
	static const char *const begin[] = {"", "\033[32m", "\033[31m", "\033[1m"};

	if (colours && cell->shade != UH_PLAIN)
		fprintf(out, "%s%s\033[0m", begin[cell->shade], cell->text);
	else
		fputs(cell->text, out);
}

static void print_row(const struct uh_columns *columns, size_t row, const int *width, FILE *out,
		      bool colours)
{
	for (size_t i = 0; i < columns->count; i++) {
		const struct cell *cell = &columns->cell[row + i];
		int blanks = width[i] - width_of(cell->text);

		if (columns->right[i])
			fprintf(out, "%*s", blanks, "");
		print_cell(cell, out, colours);
		if (i + 1 < columns->count)
			fprintf(out, "%*s", 2 + (columns->right[i] ? 0 : blanks), "");
	}
	fputc('\n', out);
}

bool uh_columns_print(const struct uh_columns *columns, FILE *out, bool colours)
{
	int *width;

	if (!columns || columns->failed)
		return false;
	width = calloc(columns->count, sizeof(*width));
	if (!width)
		return false;
	for (size_t i = 0; i < columns->count; i++)
		width[i] = width_of_column(columns, i);
	for (size_t row = 0; row + columns->count <= columns->cells; row += columns->count)
		print_row(columns, row, width, out, colours);
	free(width);
	return true;
}

bool uh_has_colours(FILE *out)
{
	const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return !(no && *no) && isatty(fileno(out)) && terminal && strcmp(terminal, "dumb") != 0;
}

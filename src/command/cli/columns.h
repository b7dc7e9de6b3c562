/* SPDX-License-Identifier: MIT */
/* columns.h: tables whose columns are as wide as what is in them. */
#ifndef UH_COLUMNS_H
#define UH_COLUMNS_H

#include <stdbool.h>
#include <stdio.h>

struct uh_columns;

/* How a cell is shown on a terminal. */
enum uh_shade { UH_PLAIN, UH_GOOD, UH_BAD, UH_TITLE };

/* A table of count columns; right[i] says that column i holds numbers. NULL: no memory. */
struct uh_columns *uh_columns_new(const char *const *title, const bool *right, size_t count);
void uh_columns_free(struct uh_columns *columns);

/*
 * Adds the next cell, row by row; the text is copied, a "?" in place of each control byte, "-"
 * in place of nothing. NULL columns are put up with, so that only the end needs a check.
 */
void uh_columns_add(struct uh_columns *columns, enum uh_shade shade, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Prints it, two blanks between columns and none at the end of a line. False: there was no
 * memory. */
bool uh_columns_print(const struct uh_columns *columns, FILE *out, bool colours);

/* True when a stream is a terminal that takes colours, and NO_COLOR is not set (no-color.org).
 */
bool uh_has_colours(FILE *out);

#endif

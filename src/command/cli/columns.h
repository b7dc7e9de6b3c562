/* SPDX-License-Identifier: MIT */
/* columns.h: tables for people. */
#ifndef UH_COLUMNS_H
#define UH_COLUMNS_H

#include "colour.h"

struct uh_columns;

/*
 * Returns an empty table of count columns, or NULL if memory ran out. Column i is aligned to
 * the right if right[i] is set. title holds the columns' titles, or is NULL for none
 * (--noheadings).
 */
struct uh_columns *uh_columns_new(const char *const *title, const bool *right, size_t count);
void uh_columns_free(struct uh_columns *columns);

/*
 * Adds the next cell, row by row. Control bytes of the text become "?", and an empty text "-".
 * A failure, also NULL columns, is reported by uh_columns_print() alone.
 */
void uh_columns_add(struct uh_columns *columns, enum uh_shade shade, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Prints the table: two blanks between columns, none at the end of a line; nothing is cut to
 * the width of a terminal. Returns false if memory ran out, now or before.
 */
bool uh_columns_print(const struct uh_columns *columns, FILE *out, bool colours);

#endif

/* SPDX-License-Identifier: MIT */
/* put_table.h: gives rows to the programs of an attachment. */
#ifndef UH_PUT_TABLE_H
#define UH_PUT_TABLE_H

#include "flatten/flatten.h"

/*
 * Puts rows into the table with one atomic step, and waits until no program
 * uses the rows before. The counts of those are added to the counts of the same routes in the
 * new rows. Returns false with errno as bpf(2), and the table is then as before.
 */
bool uh_kernel_table_put(int table, const struct uh_rows *rows);

/* Empties the table: nothing is routed from then on. Returns false with errno. */
bool uh_kernel_table_clear(int table);

#endif

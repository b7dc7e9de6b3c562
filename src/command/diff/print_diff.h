/* SPDX-License-Identifier: MIT */
/* print_diff.h: prints the changes between two tables. */
#ifndef UH_PRINT_DIFF_H
#define UH_PRINT_DIFF_H

#include "changes.h"

/* The tables, and the changes of their answers. */
struct uh_diff {
	const struct uh_table *table[UH_SIDES];
	struct uh_changes changes;
};

/* True if a setting differs, too or alone. */
bool uh_diff_has_settings(const struct uh_diff *diff);

/* Print the changes, of settings as well. They return false if memory ran out (reported). */
bool uh_diff_print_table(const struct uh_diff *diff, bool headings);
bool uh_diff_print_json(const struct uh_diff *diff);

#endif

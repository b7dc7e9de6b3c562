/* SPDX-License-Identifier: MIT */
/* kernel_check.h: `unhairpin kernel check`. */
#ifndef UH_KERNEL_CHECK_H
#define UH_KERNEL_CHECK_H

#include <stdbool.h>

struct uh_table;

/*
 * Prints for each route of a table whether the kernel carries it, and below the features that
 * this machine lacks; as JSON, one object with "kind" "route" or "feature" for each. Returns
 * the exit status: 0 if all routes are carried and no needed feature is missing, 1 if not, 2 on
 * failure (reported).
 */
int uh_kernel_check(const struct uh_table *table, bool json, bool headings);

#endif

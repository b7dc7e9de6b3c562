/* SPDX-License-Identifier: MIT */
/* boundaries.h: the addresses at which a table's answers can change. */
#ifndef UH_BOUNDARIES_H
#define UH_BOUNDARIES_H

#include "base/array.h"
#include "table/table.h"

/*
 * Returns an array of struct uh_address, sorted, each once, from :: on: between two neighbours
 * all addresses have the same answers. Its items are NULL if memory ran out (errno ENOMEM). The
 * caller frees them.
 */
struct uh_array uh_boundaries(const struct uh_table *table);

#endif

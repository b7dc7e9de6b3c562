/* SPDX-License-Identifier: MIT */
/* route_notes.h: the remarks of `kernel check` on a route, for people. */
#ifndef UH_ROUTE_NOTES_H
#define UH_ROUTE_NOTES_H

#include <jansson.h>

#include "table/table.h"

struct uh_local_addresses;

/*
 * Returns a new array of texts: the reasons why the kernel does not carry a route of the table
 * or treats it differently from the preload object, and what to do. own holds the addresses of
 * this host's interfaces. NULL if memory ran out.
 */
json_t *uh_route_notes(const struct uh_table *table, const struct uh_table_route *route,
		       const struct uh_local_addresses *own);

#endif

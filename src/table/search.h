/* SPDX-License-Identifier: MIT */
/* search.h: the search that connect(), the command and the check for loops share. */
#ifndef UH_SEARCH_H
#define UH_SEARCH_H

#include "table.h"

/* A search, by address or by name. */
struct uh_search {
	const struct uh_table *table;
	const struct uh_endpoint *destination; /* in a search by name only its port counts */
	const char *name; /* a canonical name or "*.NAME"; NULL: search by address */
	enum uh_protocol protocol;
	const struct uh_self *self; /* NULL: all conditions hold */
	uid_t user;		    /* the effective user; valid if user_known */
	bool user_known;
};

/*
 * Returns the index of the most specific matching route whose index is at least "from", or
 * UH_NONE. Routes are numbered in falling specificity: one past the last answer as "from" gives
 * the next route. Async-signal-safe.
 */
uint32_t uh_search_from(struct uh_search *search, uint32_t from);

/* Returns the most specific node that can match the search, or NULL. Async-signal-safe. */
const struct uh_node *uh_search_first_node(const struct uh_search *search);

/*
 * Returns the lowest port above the destination's at which the matching routes can change, or
 * UINT16_MAX + 1 if they never do. For a walk over a range of ports. Async-signal-safe.
 */
uint32_t uh_search_next_port(const struct uh_search *search);

#endif

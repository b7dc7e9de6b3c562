/* SPDX-License-Identifier: MIT */
/* search.h: the one search that connect(), the command and the loop check all use. */
#ifndef UH_SEARCH_H
#define UH_SEARCH_H

#include "image.h"

/* What is looked for. */
struct uh_search {
	const struct uh_table *table;
	const struct uh_endpoint *destination; /* of a name only the port counts */
	const char *name; /* canonical, or of a route; NULL for an address */
	enum uh_protocol protocol;
	const struct uh_self *self; /* NULL: programs and users are taken as matching */
	uid_t user; /* the effective user, once user_known: asked once a search */
	bool user_known;
};

/*
 * The index of the most specific matching route among those from index from on, or UH_NONE. As
 * routes are numbered in falling specificity, "from" one past the last answer gives the next
 * one.
 */
uint32_t uh_search_from(struct uh_search *search, uint32_t from);

/* The most specific node that can hold what is looked for, or NULL. */
const struct uh_node *uh_search_first_node(const struct uh_search *search);

/* The node of a masked address or a key, or NULL. */
const struct uh_node *uh_node_find(const struct uh_table *table,
				   const struct uh_address *masked, uint32_t prefix_length);

/*
 * The lowest port above the destination's at which the routes of its address or name can
 * change, or UINT16_MAX + 1 when none. For walking a range of ports.
 */
uint32_t uh_search_next_port(const struct uh_search *search);

#endif

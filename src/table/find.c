/* SPDX-License-Identifier: MIT */
/*
 * find.c: finds the route for a connection in a table image.
 *
 * This code runs inside connect() of any program: no allocation, no lock, and no system call
 * except for the effective user. The image may be damaged behind its front: every item is read
 * through uh_item, which returns NULL if the item lies outside of the image, and no loop relies
 * on the image to end it.
 */
#include "search.h"

#include "base/hostname.h"
#include "node_index.h"
#include "section.h"
#include "stand_in.h"

/* Returns the node of the destination's address at one prefix length, or NULL. */
static const struct uh_node *node_at(const struct uh_search *search, uint32_t prefix_length)
{
	struct uh_address masked = search->destination->address;

	uh_address_mask(&masked, prefix_length);
	return uh_node_find(search->table, &masked, prefix_length);
}

/*
 * Returns how many of the table's prefix lengths apply to the destination. The lengths fall.
 * For IPv4 the lengths below UH_V4_PREFIX, which are the last ones, are left out: an IPv6 route
 * as wide as ::/0 contains the v4-mapped bits, but is not meant for IPv4. For a multicast or
 * broadcast address only the full length, which is the first one, is kept: a datagram for a
 * whole group must not go to one host because some prefix contains the group.
 */
static uint32_t lengths_for(const struct uh_search *search)
{
	const uint8_t *length = uh_section(search->table, UH_LENGTHS);
	uint32_t lengths = uh_section_count(search->table, UH_LENGTHS);

	if (uh_address_is_v4(&search->destination->address))
		while (lengths > 0 && length[lengths - 1] < UH_V4_PREFIX)
			lengths--;
	if (lengths > 0 && uh_address_is_group(&search->destination->address))
		return length[0] == 128;
	return lengths;
}

static const struct uh_segment *segment_at(const struct uh_table *table,
					   const struct uh_node *node, uint32_t i)
{
	return uh_item(table, UH_SEGMENTS, node->segment + i);
}

/* Returns how many of the node's segments begin at or below port (a binary search). */
static uint32_t segments_to(const struct uh_table *table, const struct uh_node *node,
			    uint32_t port)
{
	uint32_t low = 0, high = node->segments;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct uh_segment *segment = segment_at(table, node, middle);

		if (!segment)
			return 0;
		if (segment->first <= port)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* uh_table_judge_programs decided it once for the whole process; here it is one bit. */
static bool programs_match(const struct uh_search *search, const struct uh_table_route *route)
{
	uint32_t i = route->programs;

	return i == UH_NONE || !search->self ||
	       (search->self->matches_programs[i / 8] >> (i % 8) & 1);
}

/* The effective user can change between two connections, so each search asks for it. */
static uid_t user_of(struct uh_search *search)
{
	if (!search->user_known) {
		search->user = search->self->effective_user();
		search->user_known = true;
	}
	return search->user;
}

/* An exclusion decides at once. A list of exclusions alone includes everyone else. */
static bool users_match(struct uh_search *search, const struct uh_table_route *route)
{
	const struct uh_user *user =
	    uh_items(search->table, UH_USERS, route->users, route->user_count);
	bool included = false, any_to_include = false;

	if (route->user_count == 0 || !search->self)
		return true;
	for (uint32_t i = 0; i < route->user_count; i++) {
		bool same = user[i].id == user_of(search);

		if (same && user[i].excluded)
			return false;
		any_to_include |= !user[i].excluded;
		included |= same;
	}
	return included || !any_to_include;
}

static bool matches(struct uh_search *search, const struct uh_table_route *route)
{
	return route && (route->protocol & search->protocol) && programs_match(search, route) &&
	       users_match(search, route);
}

/*
 * Returns the first matching route of a list with from <= index < before, or "before" if there
 * is no such route. Cell indexes must fall along an intact list; the walk stops at one that
 * does not, so that damaged data cannot loop.
 */
static uint32_t best_in_list(struct uh_search *search, uint32_t i, uint32_t from,
			     uint32_t before)
{
	const struct uh_cell *cell;

	for (uint32_t last = UH_NONE; i < last; last = i, i = cell->next) {
		cell = uh_item(search->table, UH_CELLS, i);
		if (!cell || cell->route >= before)
			break;
		if (cell->route >= from &&
		    matches(search, uh_table_route(search->table, cell->route)))
			return cell->route;
	}
	return before;
}

/*
 * Returns the best matching route (index >= from) of the node for the destination's port: walks
 * from the port's leaf to the root of the node's tree (see struct uh_segment).
 */
static uint32_t best_in_node(struct uh_search *search, const struct uh_node *node,
			     uint32_t from)
{
	uint32_t below = segments_to(search->table, node, search->destination->port);
	uint32_t best = UH_NONE, leaves = node->segments;
	const struct uh_segment *segment;

	if (below == 0)
		return UH_NONE;
	segment = segment_at(search->table, node, below - 1);
	if (segment)
		best = best_in_list(search, segment->leaf, from, best);
	for (uint32_t position = (leaves + below - 1) / 2; position > 0; position /= 2) {
		segment = segment_at(search->table, node, position);
		if (segment)
			best = best_in_list(search, segment->inner, from, best);
	}
	return best;
}

/* The state of a walk over the nodes that can match the search, most specific first. */
struct walk {
	const struct uh_search *search;
	uint32_t length,
	    lengths;	  /* for an address: the next prefix length, and how many there are */
	const char *name; /* for a name: the next to try; without "*." if it is a wildcard */
	bool exact;
};

static struct walk begin_walk(const struct uh_search *search)
{
	struct walk walk = {.search = search, .name = search->name, .exact = true};

	if (!search->name)
		walk.lengths = lengths_for(search);
	else if (uh_name_is_wildcard(search->name))
		walk.exact = false, walk.name = uh_name_parent(search->name);
	return walk;
}

static const struct uh_node *next_of_address(struct walk *walk)
{
	const uint8_t *length = uh_section(walk->search->table, UH_LENGTHS);

	while (walk->length < walk->lengths) {
		const struct uh_node *node = node_at(walk->search, length[walk->length++]);

		if (node)
			return node;
	}
	return NULL;
}

/* Two names can share a key, so the text of the node is compared with the name. */
static const struct uh_node *node_of_name(const struct uh_table *table, const char *name,
					  bool exact)
{
	struct uh_address key = uh_name_key(name, strlen(name));
	const struct uh_node *node = uh_node_find(
	    table, &key, exact ? UH_EXACT_NAME : UH_WILDCARD_NAME + uh_name_labels(name));

	if (!node || strcmp(uh_table_text(table, node->text) + (exact ? 0 : 2), name) != 0)
		return NULL;
	return node;
}

/* Tries the name itself, then "*." before its parent, its parent's parent, and so on. */
static const struct uh_node *next_of_name(struct walk *walk)
{
	const struct uh_node *node = NULL;

	while (walk->name && !node) {
		node = node_of_name(walk->search->table, walk->name, walk->exact);
		walk->name = uh_name_parent(walk->name);
		walk->exact = false;
	}
	return node;
}

/* Returns the next node, in falling specificity, or NULL. */
static const struct uh_node *next_node(struct walk *walk)
{
	const struct uh_self *self = walk->search->self;

	if (self && self->off)
		return NULL;
	return walk->search->name ? next_of_name(walk) : next_of_address(walk);
}

uint32_t uh_search_from(struct uh_search *search, uint32_t from)
{
	struct walk walk = begin_walk(search);
	const struct uh_node *node;
	uint32_t best = UH_NONE;

	while (best == UH_NONE && (node = next_node(&walk)))
		best = best_in_node(search, node, from);
	return best;
}

const struct uh_node *uh_search_first_node(const struct uh_search *search)
{
	struct walk walk = begin_walk(search);

	return next_node(&walk);
}

/*
 * Returns the nearest port above the destination's at which any matching node begins a new
 * segment. No node changes its answer before that port.
 */
uint32_t uh_search_next_port(const struct uh_search *search)
{
	struct walk walk = begin_walk(search);
	const struct uh_node *node;
	uint32_t next = UINT16_MAX + 1;

	while ((node = next_node(&walk))) {
		uint32_t port = search->destination->port;
		uint32_t below = segments_to(search->table, node, port);
		const struct uh_segment *segment =
		    below < node->segments ? segment_at(search->table, node, below) : NULL;

		if (segment && segment->first > port && segment->first < next)
			next = segment->first;
	}
	return next;
}

const struct uh_table_route *uh_table_find(const struct uh_table *table,
					   const struct uh_endpoint *destination,
					   enum uh_protocol protocol,
					   const struct uh_self *self)
{
	struct uh_search search = {table, destination, NULL, protocol, self, 0, false};

	search.name = uh_table_stands_for(table, &destination->address);
	return uh_table_route(table, uh_search_from(&search, 0));
}

bool uh_table_concerns(const struct uh_table *table, const struct uh_endpoint *destination,
		       enum uh_protocol protocol, const struct uh_self *self,
		       const struct uh_table_route **route)
{
	*route = uh_table_find(table, destination, protocol, self);
	return *route || uh_table_in_pool(table, &destination->address);
}

size_t uh_table_find_all(const struct uh_table *table, const char *name,
			 const struct uh_endpoint *destination, enum uh_protocol protocol,
			 const struct uh_self *self, const struct uh_table_route **route,
			 size_t max)
{
	struct uh_search search = {table, destination, name, protocol, self, 0, false};
	size_t found = 0;

	if (!name)
		search.name = uh_table_stands_for(table, &destination->address);
	for (uint32_t i = uh_search_from(&search, 0); i != UH_NONE;
	     i = uh_search_from(&search, i + 1)) {
		const struct uh_table_route *matching = uh_table_route(table, i);

		if (!matching)
			break;
		if (found++ < max)
			route[found - 1] = matching;
	}
	return found;
}

/* SPDX-License-Identifier: MIT */
/*
 * port_tree.c: builds the tree of ports (see struct uh_segment) of each node from its routes.
 */
#include <stdlib.h>

#include "layout.h"

static int compare_ports(const void *a, const void *b)
{
	uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;

	return (first > second) - (first < second);
}

/*
 * Collects the ports at which the routes from begin to end start, or end just before: sorted,
 * each once. A range that ends at the last port has no port behind it. port holds two for each
 * route. Returns the number of ports.
 */
static size_t boundaries(struct uh_builder_route *const *begin,
			 struct uh_builder_route *const *end, uint32_t *port)
{
	size_t count = 0, unique = 0;

	for (; begin < end; begin++) {
		port[count++] = (*begin)->destination.first_port;
		if ((*begin)->destination.last_port < UINT16_MAX)
			port[count++] = (*begin)->destination.last_port + 1u;
	}
	qsort(port, count, sizeof(*port), compare_ports);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || port[i] != port[unique - 1])
			port[unique++] = port[i];
	return unique;
}

/*
 * Returns the index of a port among the boundaries, or count if there is no such boundary: the
 * port lies behind the last port.
 */
static size_t boundary(const uint32_t *port, size_t count, uint32_t wanted)
{
	const uint32_t *found = bsearch(&wanted, port, count, sizeof(*port), compare_ports);

	return found ? (size_t)(found - port) : count;
}

/* Prepends a route to the list at a position of the tree. */
static bool prepend(struct uh_layout *layout, struct uh_segment *segment, size_t segments,
		    size_t position, size_t route)
{
	uint32_t *list =
	    position < segments ? &segment[position].inner : &segment[position - segments].leaf;
	struct uh_cell *cell = uh_array_add(&layout->cells, 1, sizeof(*cell));

	if (!cell)
		return false;
	*cell = (struct uh_cell){(uint32_t)route, *list};
	*list = (uint32_t)(layout->cells.count - 1);
	return true;
}

/* Adds a route at the fewest positions whose leaves together are its ports. */
static bool hang(struct uh_layout *layout, struct uh_segment *segment, const uint32_t *port,
		 size_t segments, size_t route)
{
	const struct uh_destination *destination = &layout->entry[route]->destination;
	size_t left = segments + boundary(port, segments, destination->first_port);
	size_t right = segments + boundary(port, segments, destination->last_port + 1u);

	for (; left < right; left /= 2, right /= 2) {
		if (left % 2 && !prepend(layout, segment, segments, left++, route))
			return false;
		if (right % 2 && !prepend(layout, segment, segments, --right, route))
			return false;
	}
	return true;
}

/*
 * Adds the segments of a node. The least specific route is added first, because each route is
 * prepended.
 */
static bool add_segments(struct uh_layout *layout, size_t begin, size_t end, uint32_t *port)
{
	size_t count = boundaries(layout->entry + begin, layout->entry + end, port);
	struct uh_segment *segment = uh_array_add(&layout->segments, count, sizeof(*segment));

	if (!segment)
		return false;
	for (size_t i = 0; i < count; i++)
		segment[i] = (struct uh_segment){port[i], UH_NONE, UH_NONE};
	while (end-- > begin)
		if (!hang(layout, segment, port, count, end))
			return false;
	return true;
}

/* Adds the node of the routes from begin to end, which share address and prefix length. */
static bool add_node(struct uh_layout *layout, size_t begin, size_t end, uint32_t *port)
{
	const struct uh_destination *destination = &layout->entry[begin]->destination;
	struct uh_node *node = uh_array_add(&layout->nodes, 1, sizeof(*node));
	const struct uh_interned *name;
	size_t before = layout->segments.count;

	if (!node || !add_segments(layout, begin, end, port))
		return false;
	name = layout->entry[begin]->name;
	*node = (struct uh_node){
	    destination->address, (uint32_t)before, (uint32_t)(layout->segments.count - before),
	    destination->prefix_length, name ? (uint32_t)name->offset : UH_NONE};
	return true;
}

static bool same_node(const struct uh_destination *a, const struct uh_destination *b)
{
	return a->prefix_length == b->prefix_length &&
	       memcmp(&a->address, &b->address, sizeof(a->address)) == 0;
}

/* Adds a prefix length. The routes' order makes the lengths fall, as look-ups need. */
static bool add_length(struct uh_layout *layout, uint8_t prefix_length)
{
	const uint8_t *length = layout->lengths.items;
	uint8_t *added;

	if (layout->lengths.count > 0 && length[layout->lengths.count - 1] == prefix_length)
		return true;
	added = uh_array_add(&layout->lengths, 1, sizeof(*added));
	if (added)
		*added = prefix_length;
	return added != NULL;
}

/* The routes are sorted, so the routes of one node are neighbours. */
bool uh_layout_make(struct uh_layout *layout)
{
	uint32_t *port = malloc((2 * layout->entries + 1) * sizeof(*port));
	bool made = port != NULL;

	for (size_t begin = 0, end; made && begin < layout->entries; begin = end) {
		const struct uh_destination *destination = &layout->entry[begin]->destination;

		for (end = begin + 1; end < layout->entries; end++)
			if (!same_node(destination, &layout->entry[end]->destination))
				break;
		made = (uh_destination_is_name(destination) ||
			add_length(layout, destination->prefix_length)) &&
		       add_node(layout, begin, end, port);
	}
	free(port);
	return made;
}

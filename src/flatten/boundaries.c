/* SPDX-License-Identifier: MIT */
/* boundaries.c: collects the addresses at which a table's answers can change. */
#include "boundaries.h"

#include "table/section.h"
#include "table/stand_in.h"

/* Adds a network's first address, and the first address behind it unless there is no such one.
 */
static bool add(struct uh_array *array, const struct uh_prefix *network)
{
	struct uh_address *end, *start = uh_array_add(array, 2, sizeof(*start));
	unsigned bit = network->prefix_length;

	if (!start)
		return false;
	end = start + 1;
	*start = *end = network->address;
	/* Adds 1 at the last bit of the prefix. */
	while (bit > 0) {
		unsigned char mask = (unsigned char)(0x80 >> --bit % 8);

		end->byte[bit / 8] ^= mask;
		if (end->byte[bit / 8] & mask)
			return true;
	}
	array->count--;
	return true;
}

static bool add_node(struct uh_array *array, const struct uh_table *table,
		     const struct uh_node *node)
{
	struct uh_prefix network;

	if (!node)
		return true; /* damaged */
	network = (struct uh_prefix){node->address, node->prefix_length};
	if (node->prefix_length == UH_STAND_IN)
		network.prefix_length = 128;
	else if (node->prefix_length == UH_STAND_IN_BLOCK)
		network.prefix_length = uh_stand_in_block_length(
		    &table->settings
			 .stand_in[uh_address_is_v4(&node->address) ? UH_IPV4 : UH_IPV6]);
	else if (node->prefix_length > 128)
		return true; /* a name, whose address is a key */
	return add(array, &network);
}

/* An IPv6 prefix may contain these networks, but is not meant for them (table/find.c). */
static bool add_special(struct uh_array *array)
{
	static const struct uh_prefix network[] = {
	    {{{0}}, 0},					      /* every address */
	    {{{[10] = 0xff, 0xff}}, UH_V4_PREFIX},	      /* IPv4 */
	    {{{[10] = 0xff, 0xff, 224}}, UH_V4_PREFIX + 4},   /* multicast */
	    {{{[10] = 0xff, 0xff, 255, 255, 255, 255}}, 128}, /* broadcast */
	    {{{0xff}}, 8},				      /* multicast */
	};

	for (size_t i = 0; i < sizeof(network) / sizeof(*network); i++)
		if (!add(array, &network[i]))
			return false;
	return true;
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct uh_address));
}

struct uh_array uh_boundaries(const struct uh_table *table)
{
	struct uh_array array = {0};
	struct uh_address *address;
	size_t unique = 0;
	bool good = add_special(&array);

	for (uint32_t i = 0; good && i < uh_section_count(table, UH_NODES); i++)
		good = add_node(&array, table, uh_item(table, UH_NODES, i));
	if (!good) {
		free(array.items);
		return (struct uh_array){0};
	}
	address = array.items;
	qsort(address, array.count, sizeof(*address), compare);
	for (size_t i = 1; i < array.count; i++)
		if (compare(&address[unique], &address[i]) != 0)
			address[++unique] = address[i];
	array.count = unique + 1;
	return array;
}

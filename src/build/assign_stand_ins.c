/* SPDX-License-Identifier: MIT */
/*
 * assign_stand_ins.c: assigns stand-in addresses, one of each family, to the names of routes.
 */
#include <errno.h>
#include <stdlib.h>

#include "layout.h"
#include "table/stand_in.h"

struct assigning {
	struct uh_builder *builder;
	struct uh_layout *layout;
	const struct uh_prefix *pool;
	struct uh_array used;	   /* struct uh_prefix: addresses of routes and interfaces */
	struct uh_interner *taken; /* struct uh_prefix: assigned to other names */
};

static bool add_used(struct assigning *assigning, const struct uh_address *address,
		     uint32_t prefix_length)
{
	struct uh_prefix *used;

	/* Ignore a route that is wider than the pool: it is not about stand-ins. */
	if (prefix_length < assigning->pool->prefix_length ||
	    !uh_prefix_contains(assigning->pool, address))
		return true;
	used = uh_array_add(&assigning->used, 1, sizeof(*used));
	if (used)
		*used = (struct uh_prefix){*address, prefix_length};
	return used != NULL;
}

static bool find_used(struct assigning *assigning)
{
	const struct uh_address *own = assigning->builder->interfaces.items;
	const struct uh_layout *layout = assigning->layout;
	bool good = true;

	for (size_t i = 0; good && i < assigning->builder->interfaces.count; i++)
		good = add_used(assigning, &own[i], 128);
	for (size_t i = 0; good && i < layout->entries; i++) {
		const struct uh_destination *destination = &layout->entry[i]->destination;

		if (!uh_destination_is_name(destination))
			good = add_used(assigning, &destination->address,
					destination->prefix_length);
	}
	return good;
}

static bool is_used(const struct assigning *assigning, const struct uh_prefix *candidate)
{
	const struct uh_prefix *used = assigning->used.items;

	for (size_t i = 0; i < assigning->used.count; i++)
		if (uh_prefixes_overlap(&used[i], candidate))
			return true;
	return false;
}

/* Assigns the candidate to a name. Returns 1, 0 if another name has it, or -1 with ENOMEM. */
static int take(struct assigning *assigning, const struct uh_prefix *candidate)
{
	struct uh_interned *interned =
	    uh_intern(assigning->taken, candidate, sizeof(*candidate));

	if (!interned)
		return -1;
	if (interned->value)
		return 0;
	interned->value = assigning;
	return 1;
}

/* Chooses the first free candidate in the order of the name's keys. Returns as take() does. */
static int choose(struct assigning *assigning, const struct uh_node *name,
		  struct uh_prefix *chosen)
{
	struct uh_address key = name->address;
	int taken = 0;

	for (int i = 0; i < UH_STAND_IN_ATTEMPTS && taken == 0; i++) {
		if (name->prefix_length == UH_EXACT_NAME)
			*chosen =
			    (struct uh_prefix){uh_stand_in_address(assigning->pool, &key), 128};
		else
			*chosen = uh_stand_in_block(assigning->pool, &key);
		if (!is_used(assigning, chosen))
			taken = take(assigning, chosen);
		key = uh_next_key(&key);
	}
	return taken;
}

static void report_full(const struct assigning *assigning)
{
	const struct uh_prefix *pool = assigning->pool;
	bool v4 = uh_address_is_v4(&pool->address);
	char address[UH_ADDRESS_TEXT];

	uh_builder_route_fault(
	    assigning->builder, assigning->layout->entry[0],
	    "no stand-in address is left in %s/%u; expected a larger network in "
	    "stand_in_%s, free of routes and interfaces",
	    uh_address_format(&pool->address, address),
	    pool->prefix_length - (v4 ? UH_V4_PREFIX : 0), v4 ? "ipv4" : "ipv6");
}

/*
 * False with errno ENOMEM. The stand-ins' nodes are added behind those of the names, so the
 * names are counted before.
 */
static bool assign_all(struct assigning *assigning, size_t names)
{
	struct uh_array *nodes = &assigning->layout->nodes;

	for (size_t i = 0; i < names; i++) {
		const struct uh_node name = ((struct uh_node *)nodes->items)[i];
		bool exact = name.prefix_length == UH_EXACT_NAME;
		struct uh_prefix chosen;
		struct uh_node *node;
		int taken = choose(assigning, &name, &chosen);

		if (taken == 0)
			report_full(assigning);
		if (taken <= 0)
			return taken == 0;
		node = uh_array_add(nodes, 1, sizeof(*node));
		if (!node)
			return false;
		*node = (struct uh_node){chosen.address, 0, 0,
					 exact ? UH_STAND_IN : UH_STAND_IN_BLOCK, name.text};
	}
	return true;
}

bool uh_stand_ins_assign(struct uh_builder *builder, struct uh_layout *layout)
{
	const struct uh_node *node = layout->nodes.items;
	size_t names = 0;
	bool good = true;

	/* The order of the routes puts the nodes of names first. */
	while (names < layout->nodes.count && node[names].prefix_length > UH_WILDCARD_NAME)
		names++;
	layout->names = names;
	for (int family = 0; names && good && family < UH_FAMILIES; family++) {
		struct assigning assigning = {.builder = builder, .layout = layout};

		assigning.pool = &builder->settings.stand_in[family];
		assigning.taken = uh_interner_new();
		good =
		    assigning.taken && find_used(&assigning) && assign_all(&assigning, names);
		free(assigning.used.items);
		uh_interner_free(assigning.taken);
	}
	if (!good)
		errno = ENOMEM;
	return good;
}

/* SPDX-License-Identifier: MIT */
/*
 * compare_tables.c: asks two tables at each boundary of either one (flatten/boundaries.h), as
 * connect() would ask them. Between two boundaries no answer changes.
 */
#include "compare_tables.h"

#include <stdlib.h>

#include "flatten/boundaries.h"
#include "same_route.h"
#include "table/search.h"
#include "table/section.h"
#include "table/stand_in.h"

/* The state: what is asked about, and the two answers. */
struct comparison {
	const struct uh_table *const *table;
	bool (*take)(void *context, const struct uh_difference *difference);
	void *context;
	struct uh_difference asked;
	struct uh_table_chain chain[UH_SIDES];
};

/* A stand-in is no address of a host. */
static bool is_stand_in(const struct comparison *comparison)
{
	const struct uh_address *address = &comparison->asked.first;

	return !comparison->asked.name &&
	       (uh_table_stands_for(comparison->table[UH_OLD], address) ||
		uh_table_stands_for(comparison->table[UH_NEW], address));
}

static void ask(struct comparison *comparison, enum uh_side side)
{
	const struct uh_table *table = comparison->table[side];
	const struct uh_difference *asked = &comparison->asked;
	const struct uh_endpoint endpoint = {asked->first, 0, asked->first_port};
	struct uh_table_chain *chain = &comparison->chain[side];
	size_t found = uh_table_find_all(table, asked->name, &endpoint, asked->protocol, NULL,
					 chain->route, UH_ANSWER_MAX);
	bool for_everyone = false;

	chain->count = 0;
	while (chain->count < found && chain->count < UH_ANSWER_MAX && !for_everyone) {
		const struct uh_table_route *route = chain->route[chain->count++];

		for_everyone = route->programs == UH_NONE && route->user_count == 0;
	}
	if (for_everyone && uh_table_goes_direct(table, chain->route[chain->count - 1]))
		chain->count--;
}

static bool answers_differ(const struct comparison *comparison)
{
	const struct uh_table_chain *old = &comparison->chain[UH_OLD];
	const struct uh_table_chain *new = &comparison->chain[UH_NEW];

	if (old->count != new->count)
		return true;
	for (size_t i = 0; i < old->count; i++)
		if (!uh_routes_are_same(comparison->table, old->route[i], new->route[i]))
			return true;
	return false;
}

/* Returns the port at which an answer of either table can change next, or UINT16_MAX + 1. */
static uint32_t next_port(const struct comparison *comparison)
{
	const struct uh_difference *asked = &comparison->asked;
	const struct uh_endpoint endpoint = {asked->first, 0, asked->first_port};
	uint32_t next = UINT16_MAX + 1;

	for (int side = 0; side < UH_SIDES; side++) {
		const struct uh_search search = {.table = comparison->table[side],
						 .destination = &endpoint,
						 .name = asked->name};
		uint32_t port = uh_search_next_port(&search);

		next = port < next ? port : next;
	}
	return next;
}

/* Compares all ports and protocols of one name, or of one stretch of addresses. */
static bool compare_ports(struct comparison *comparison)
{
	struct uh_difference *asked = &comparison->asked;
	uint32_t port = 0, next;

	for (; port <= UINT16_MAX; port = next) {
		asked->first_port = (uint16_t)port;
		next = next_port(comparison);
		asked->last_port = (uint16_t)(next - 1);
		for (int i = 0; i < 2; i++) {
			asked->protocol = i == 0 ? UH_TCP : UH_UDP;
			ask(comparison, UH_OLD);
			ask(comparison, UH_NEW);
			if (answers_differ(comparison) &&
			    !comparison->take(comparison->context, asked))
				return false;
		}
	}
	return true;
}

static struct uh_address address_before(struct uh_address address)
{
	for (int i = 15; i >= 0 && address.byte[i]-- == 0; i--)
		;
	return address;
}

/* Returns the next boundary of either list, and steps over it. */
static const struct uh_address *next_boundary(const struct uh_array boundaries[UH_SIDES],
					      size_t at[UH_SIDES])
{
	const struct uh_address *next = NULL;

	for (int side = 0; side < UH_SIDES; side++) {
		const struct uh_address *own = boundaries[side].items;

		if (at[side] < boundaries[side].count &&
		    (!next || memcmp(&own[at[side]], next, sizeof(*next)) < 0))
			next = &own[at[side]];
	}
	for (int side = 0; next && side < UH_SIDES; side++) {
		const struct uh_address *own = boundaries[side].items;

		if (at[side] < boundaries[side].count &&
		    memcmp(&own[at[side]], next, sizeof(*next)) == 0)
			at[side]++;
	}
	return next;
}

static bool compare_addresses(struct comparison *comparison)
{
	struct uh_array boundaries[UH_SIDES] = {uh_boundaries(comparison->table[UH_OLD]),
						uh_boundaries(comparison->table[UH_NEW])};
	size_t at[UH_SIDES] = {0, 0};
	bool good = boundaries[UH_OLD].items && boundaries[UH_NEW].items;
	const struct uh_address *from = good ? next_boundary(boundaries, at) : NULL;

	while (good && from) {
		const struct uh_address *next = next_boundary(boundaries, at);

		comparison->asked.first = *from;
		memset(&comparison->asked.last, 0xff, sizeof(comparison->asked.last));
		if (next)
			comparison->asked.last = address_before(*next);
		good = is_stand_in(comparison) || compare_ports(comparison);
		from = next;
	}
	free(boundaries[UH_OLD].items);
	free(boundaries[UH_NEW].items);
	return good;
}

/* Returns the name of a node, or NULL if the node is for addresses. */
static const char *name_of(const struct uh_table *table, const struct uh_node *node)
{
	bool is_name = node && node->prefix_length > 128 && node->prefix_length < UH_STAND_IN;

	return is_name ? uh_table_text(table, node->text) : NULL;
}

/* True if the table has a node for the name, which a node of the other table has. */
static bool has_name(const struct uh_table *table, const char *name)
{
	struct uh_search search = {.table = table, .name = name};
	const struct uh_node *node = uh_search_first_node(&search);
	const char *found = name_of(table, node);

	return found && strcmp(found, name) == 0;
}

static bool compare_names(struct comparison *comparison)
{
	struct uh_difference *asked = &comparison->asked;

	for (int side = 0; side < UH_SIDES; side++) {
		const struct uh_table *table = comparison->table[side];

		for (uint32_t i = 0; i < uh_section_count(table, UH_NODES); i++) {
			asked->name = name_of(table, uh_item(table, UH_NODES, i));
			if (!asked->name || (side == UH_NEW &&
					     has_name(comparison->table[UH_OLD], asked->name)))
				continue;
			if (!compare_ports(comparison))
				return false;
		}
	}
	return true;
}

bool uh_tables_compare(const struct uh_table *const table[UH_SIDES],
		       bool (*take)(void *context, const struct uh_difference *difference),
		       void *context)
{
	struct comparison comparison = {.table = table, .take = take, .context = context};

	comparison.asked.answer[UH_OLD] = &comparison.chain[UH_OLD];
	comparison.asked.answer[UH_NEW] = &comparison.chain[UH_NEW];
	return compare_addresses(&comparison) && compare_names(&comparison);
}

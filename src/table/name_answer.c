/* SPDX-License-Identifier: MIT */
/* name_answer.c: decides how a look-up of a name is answered. */
#include "name_answer.h"

#include "node_index.h"
#include "search.h"

/* What the routes of a name's ports, seen so far, have in common. */
struct survey {
	bool any_route, any_direct, any_other;
	bool may_need_real;
	const struct uh_address *address; /* the address that some ports lead to, or NULL */
};

static void add_address(struct survey *survey, const struct uh_address *address)
{
	if (survey->address && memcmp(survey->address, address, sizeof(*address)) != 0)
		survey->any_other = true;
	survey->address = address;
}

/* Adds the route of one port, or NULL if the port has none. */
static void add_route(const struct uh_table *table, const struct uh_table_route *route,
		      struct survey *survey)
{
	const struct uh_table_target *target;

	if (uh_table_goes_direct(table, route)) {
		survey->any_direct = survey->may_need_real = true;
		return;
	}
	target = uh_table_target(table, route, 0);
	survey->any_route = true;
	survey->may_need_real |= route->on_failure == UH_ORIGINAL;
	if (route->targets == 1 && target->kind == UH_TARGET_IP && target->port == 0)
		add_address(survey, &target->address);
	else
		survey->any_other = true;
}

/*
 * Surveys all ports. Between two boundaries every port has the same route, so one port of each
 * stretch is enough.
 */
static struct survey survey_ports(const struct uh_table *table, const char *name,
				  enum uh_protocol protocol, const struct uh_self *self)
{
	struct uh_endpoint endpoint = {.port = 1};
	struct uh_search search = {table, &endpoint, name, protocol, self, 0, false};
	struct survey survey = {0};
	uint32_t port = 1;

	while (port <= UINT16_MAX) {
		uint32_t i;

		endpoint.port = (uint16_t)port;
		i = uh_search_from(&search, 0);
		add_route(table, i == UH_NONE ? NULL : uh_table_route(table, i), &survey);
		port = uh_search_next_port(&search);
	}
	return survey;
}

/*
 * Adds one protocol's survey to the whole. If the protocols lead to different addresses, no
 * single address can be the answer.
 */
static void merge(struct survey *all, const struct survey *one)
{
	if (!one->any_route)
		return;
	all->any_route = true;
	all->any_direct |= one->any_direct;
	all->any_other |= one->any_other;
	all->may_need_real |= one->may_need_real;
	if (one->address)
		add_address(all, one->address);
}

struct uh_answer uh_table_answer(const struct uh_table *table, const char *name,
				 unsigned protocols, const struct uh_self *self)
{
	static const enum uh_protocol each[] = {UH_TCP, UH_UDP};
	struct uh_answer answer = {.kind = UH_ANSWER_NONE};
	struct survey all = {0};

	for (int i = 0; i < 2; i++) {
		struct survey one = {0};

		if (protocols & each[i])
			one = survey_ports(table, name, each[i], self);
		merge(&all, &one);
	}
	if (!all.any_route)
		return answer;
	answer.may_need_real = all.may_need_real;
	answer.some_direct = all.any_direct;
	answer.kind = UH_ANSWER_STAND_IN;
	if (all.address && !all.any_direct && !all.any_other) {
		answer.kind = UH_ANSWER_ADDRESS;
		answer.address = *all.address;
	}
	return answer;
}

bool uh_table_has_names(const struct uh_table *table)
{
	return table->names > 0;
}

/* Returns the name's own node, or that of the longest wildcard that covers it, or NULL. */
static const struct uh_node *node_of(const struct uh_table *table, const char *name)
{
	struct uh_search search = {.table = table, .name = name};

	return uh_search_first_node(&search);
}

/*
 * Finds the stand-in, or the block, that assign_stand_ins.c chose for a name of a route: tries
 * the candidates in the same order.
 */
static bool find_stand_in(const struct uh_table *table, const struct uh_node *name,
			  const struct uh_prefix *pool, struct uh_prefix *stand_in)
{
	struct uh_address key = name->address;
	bool exact = name->prefix_length == UH_EXACT_NAME;

	/*
	 * A candidate that was passed over belongs to another name, or is in use and has no
	 * node.
	 */
	for (int i = 0; i < UH_STAND_IN_ATTEMPTS; i++, key = uh_next_key(&key)) {
		const struct uh_node *node;

		*stand_in = exact ? (struct uh_prefix){uh_stand_in_address(pool, &key), 128}
				  : uh_stand_in_block(pool, &key);
		node = uh_node_find(table, &stand_in->address,
				    exact ? UH_STAND_IN : UH_STAND_IN_BLOCK);
		if (node && node->text == name->text)
			return true;
	}
	return false;
}

struct uh_address uh_table_stand_in(const struct uh_table *table, const char *name,
				    enum uh_family family, unsigned attempt)
{
	const struct uh_node *node = node_of(table, name);
	struct uh_address key = uh_name_key(name, strlen(name));
	struct uh_prefix stand_in;

	if (!node || !find_stand_in(table, node, &table->settings.stand_in[family], &stand_in))
		return table->settings.stand_in[family].address;
	if (stand_in.prefix_length == 128)
		return stand_in.address;
	while (attempt-- > 0)
		key = uh_next_key(&key);
	return uh_stand_in_within(&stand_in, &key);
}

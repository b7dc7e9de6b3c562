/* SPDX-License-Identifier: MIT */
/* target_loops.c: finds targets that are themselves routed. */
#include <errno.h>
#include <string.h>

#include "table/name_answer.h"
#include "layout.h"
#include "table/search.h"
#include "route_text.h"

/*
 * A question: does any route take a connection of this route to this target to another place?
 */
struct question {
	uint32_t target;
	uint32_t first, last; /* ports */
	uint32_t protocol;
	uint32_t programs, users, user_count;
};

/* True if the route certainly holds for every program and user that the asking route is for. */
static bool holds_for(const struct uh_table_route *route, const struct question *question)
{
	if (route->programs == UH_NONE && route->user_count == 0)
		return true;
	return route->programs == question->programs && route->users == question->users &&
	       route->user_count == question->user_count;
}

/*
 * Returns the route that takes a connection to this one port further, or UH_NONE. Assumes that
 * the conditions of candidates hold, because they may for some program. Stops at a "direct"
 * or "refuse" route only if it certainly holds for everyone the asking route is for.
 */
static uint32_t taken_at(const struct uh_table *table, const struct question *question,
			 const struct uh_endpoint *port, enum uh_protocol protocol)
{
	struct uh_search search = {table, port, NULL, protocol, NULL, 0, false};
	const struct uh_table_route *route = uh_section(table, UH_ROUTES);

	for (uint32_t i = uh_search_from(&search, 0); i != UH_NONE;
	     i = uh_search_from(&search, i + 1)) {
		if (!uh_table_goes_direct(table, &route[i]) &&
		    !uh_table_refuses(table, &route[i]))
			return i;
		if (holds_for(&route[i], question))
			break;
	}
	return UH_NONE;
}

/* Returns any route that takes any of the question's ports further, or UH_NONE. */
static uint32_t ask(const struct uh_table *table, const struct question *question)
{
	const struct uh_table_target *target = uh_section(table, UH_TARGETS);
	struct uh_endpoint endpoint = {.address = target[question->target].address};
	struct uh_search search = {.table = table, .destination = &endpoint};
	uint32_t port = question->first, taken = UH_NONE;

	/*
	 * Between two boundaries every port has the same routes, so one port of each stretch is
	 * enough.
	 */
	while (port <= question->last && taken == UH_NONE) {
		endpoint.port = (uint16_t)port;
		if (question->protocol & UH_TCP)
			taken = taken_at(table, question, &endpoint, UH_TCP);
		if (taken == UH_NONE && (question->protocol & UH_UDP))
			taken = taken_at(table, question, &endpoint, UH_UDP);
		port = uh_search_next_port(&search);
	}
	return taken;
}

/*
 * Asks each question once, because many routes share a target, and a range of ports is slow to
 * walk. The interned question's value is the answer plus 1: NULL means not asked yet. False
 * with errno ENOMEM.
 */
static bool ask_once(struct uh_interner *asked, const struct uh_table *table,
		     const struct question *question, uint32_t *taken)
{
	struct uh_interned *interned;

	if (question->first == question->last) {
		*taken = ask(table, question);
		return true;
	}
	interned = uh_intern(asked, question, sizeof(*question));
	if (!interned)
		return false;
	if (!interned->value)
		interned->value = (void *)((uintptr_t)ask(table, question) + 1);
	*taken = (uint32_t)((uintptr_t)interned->value - 1);
	return true;
}

/*
 * Formats the one target of the route that takes a connection further, as the target to write
 * in its place, into text (UH_TARGET_TEXT bytes). Returns false if that is no cure: the route
 * has other targets or conditions, its target is a template, keeps the port, or is routed as
 * well.
 */
static bool format_cure(const struct uh_table *table, const struct question *question,
			const struct uh_table_route *taker, char *text)
{
	const struct uh_table_target *target = uh_table_target(table, taker, 0);
	struct question further = *question;
	struct uh_target shown = {.kind = target->kind};

	if (question->first != question->last || taker->targets != 1 ||
	    taker->programs != UH_NONE || taker->user_count)
		return false;
	if (target->kind == UH_TARGET_UNIX) {
		shown.path_length = target->path_length;
		memcpy(shown.path, uh_table_template(table, target), target->path_length);
		uh_target_format(&shown, text);
		return question->protocol == UH_TCP && !strchr(text, '%');
	}
	further.target = taker->target;
	further.first = further.last = target->port;
	shown.ip.address = target->address;
	shown.ip.port = target->port;
	uh_target_format(&shown, text);
	return target->port && ask(table, &further) == UH_NONE;
}

/* Reports a chain or loop at the route that leads into it, which is the one to change. */
static void report(struct uh_builder *builder, const struct uh_builder_route *entry,
		   const struct uh_builder_route *taker, const struct uh_table_target *target,
		   const char *cure)
{
	struct uh_target shown = {.kind = UH_TARGET_IP};
	char text[UH_TARGET_TEXT], place[UH_PLACE];

	shown.ip.address = target->address;
	shown.ip.port = target->port;
	uh_builder_route_fault(builder, entry,
			       "target \"%s\" of route \"%.80s\" is itself routed by \"%.80s\" "
			       "(%s): a %s%s%s",
			       uh_target_format(&shown, text), (const char *)entry->text->bytes,
			       (const char *)taker->text->bytes,
			       uh_builder_route_place(taker, place),
			       cure ? "chain; expected its target, \""
				    : "loop; expected a target that is not routed",
			       cure ? cure : "", cure ? "\"" : "");
}

/* An address in the stand-in network is not a host: connect() would treat it as a name. */
static void report_stand_in(struct uh_builder *builder, const struct uh_builder_route *entry,
			    const struct uh_table_target *target)
{
	char text[UH_ADDRESS_TEXT];

	uh_builder_route_fault(
	    builder, entry,
	    "target \"%s\" of route \"%.80s\" is in the network of stand-in addresses; "
	    "expected another target, or another network in stand_in_%s",
	    uh_address_format(&target->address, text), (const char *)entry->text->bytes,
	    uh_address_is_v4(&target->address) ? "ipv4" : "ipv6");
}

/*
 * Checks the targets of a route. A target without a port is checked with every port of the
 * route.
 */
static bool check(struct uh_builder *builder, const struct uh_layout *layout,
		  const struct uh_table *table, struct uh_interner *asked, uint32_t i)
{
	const struct uh_table_route *route =
	    (const struct uh_table_route *)uh_section(table, UH_ROUTES) + i;
	const struct uh_destination *destination = &layout->entry[i]->destination;

	for (uint32_t t = 0; t < route->targets; t++) {
		const struct uh_table_target *target = uh_table_target(table, route, t);
		struct question question = {
		    route->target + t,
		    target->port ? target->port : destination->first_port,
		    target->port ? target->port : destination->last_port,
		    route->protocol,
		    route->programs,
		    route->users,
		    route->user_count,
		};
		char cure[UH_TARGET_TEXT];
		uint32_t taken;

		if (target->kind != UH_TARGET_IP)
			continue;
		if (uh_table_has_names(table) && uh_table_in_pool(table, &target->address))
			report_stand_in(builder, layout->entry[i], target);
		if (!ask_once(asked, table, &question, &taken))
			return false;
		if (taken != UH_NONE)
			report(builder, layout->entry[i], layout->entry[taken], target,
			       format_cure(table, &question, uh_table_route(table, taken), cure)
				   ? cure
				   : NULL);
	}
	return true;
}

bool uh_target_loops_report(struct uh_builder *builder, const struct uh_layout *layout,
			    const struct uh_table *table)
{
	struct uh_interner *asked = uh_interner_new();
	bool fine = asked != NULL;

	for (uint32_t i = 0; fine && i < uh_table_routes(table); i++)
		fine = check(builder, layout, table, asked, i);
	uh_interner_free(asked);
	return fine;
}

/* SPDX-License-Identifier: MIT */
/* answer_json.c: prints the answer for one destination as JSON. */
#include <limits.h>
#include <stdio.h>

#include "build/route_text.h"
#include "command/cli/json.h"
#include "print_answer.h"
#include "table/name_answer.h"

static json_t *pack_address(const struct uh_address *address)
{
	char text[UH_ADDRESS_TEXT];

	return json_string(uh_address_format(address, text));
}

/* Returns the addresses that a program gets for a name; null if libc finds them itself. */
static json_t *pack_addresses(const struct uh_lookup_question *question, const char *name,
			      const struct uh_answer *answer)
{
	json_t *list = answer->kind == UH_ANSWER_NONE ? json_null() : json_array();

	if (answer->kind == UH_ANSWER_ADDRESS)
		json_array_append_new(list, pack_address(&answer->address));
	for (int family = 0; family < UH_FAMILIES && answer->kind == UH_ANSWER_STAND_IN;
	     family++) {
		struct uh_address stand_in =
		    uh_table_stand_in(question->table, name, (enum uh_family)family, 0);

		json_array_append_new(list, pack_address(&stand_in));
	}
	return list;
}

/* Returns the destination's name, or the name behind a stand-in, and the addresses for it. */
static json_t *pack_name(const struct uh_lookup_question *question,
			 const struct uh_lookup_destination *asked, bool *by_itself)
{
	const char *name = *asked->name
			       ? asked->name
			       : uh_table_stands_for(question->table, &asked->endpoint.address);

	if (!name)
		return json_pack("{s:n, s:n, s:n}", "name", "addresses", "dns");
	struct uh_answer answer =
	    uh_table_answer(question->table, name, question->protocol, &question->self);
	*by_itself = *asked->name && answer.kind == UH_ANSWER_ADDRESS;
	return json_pack("{s:s, s:o, s:b}", "name", name, "addresses",
			 pack_addresses(question, name, &answer), "dns",
			 answer.kind == UH_ANSWER_NONE ||
			     (answer.kind == UH_ANSWER_STAND_IN && answer.may_need_real));
}

/* Returns {"route":"DEST","place":"FILE:LINE"}, with nulls without a route. */
static json_t *pack_route(const struct uh_table *table, const struct uh_table_route *route)
{
	char place[PATH_MAX + 16];

	if (!route)
		return json_pack("{s:n, s:n}", "route", "place");
	snprintf(place, sizeof(place), route->line ? "%s:%u" : "%s",
		 uh_table_text(table, route->file), (unsigned)route->line);
	return json_pack("{s:o, s:o}", "route",
			 uh_json_string(uh_table_text(table, route->text)), "place",
			 uh_json_string(place));
}

static json_t *pack_targets(const struct uh_lookup_question *question,
			    const struct uh_lookup_destination *asked,
			    const struct uh_table_route *route)
{
	json_t *list = json_array();
	char text[UH_TARGET_TEXT];

	for (uint32_t i = 0; route && i < route->targets; i++) {
		struct uh_target target = uh_lookup_target(question, asked, route, i);

		json_array_append_new(list, uh_json_string(uh_target_format(&target, text)));
	}
	return list;
}

static json_t *pack_peers(const struct uh_table *table, const struct uh_table_route *route)
{
	const struct uh_user *peer = route ? uh_table_peers(table, route) : NULL;
	json_t *list = json_array();

	for (uint32_t i = 0; peer && i < route->peer_count; i++)
		json_array_append_new(list, json_integer(peer[i].id));
	return list;
}

/* Returns the routes from index first on, up to last or the end. */
static json_t *pack_routes(const struct uh_table *table,
			   const struct uh_lookup_matches *matches, size_t first,
			   const struct uh_table_route *last)
{
	json_t *list = json_array();

	for (size_t i = first; i < matches->count && matches->route[i] != last; i++)
		json_array_append_new(list, pack_route(table, matches->route[i]));
	return list;
}

/* Returns the options of a route; null or empty without one, or if they do not apply. */
static json_t *pack_terms(const struct uh_lookup_question *question,
			  const struct uh_lookup_destination *asked,
			  const struct uh_table_route *route, bool by_itself)
{
	bool applies = route && !by_itself && !uh_table_refuses(question->table, route);
	const char *on_failure =
	    route && route->on_failure == UH_REFUSE ? "refuse" : "original";
	unsigned version = route ? route->proxy_protocol : 0;

	return json_pack("{s:o, s:s?, s:o, s:o}", "targets",
			 pack_targets(question, asked, route), "on_failure",
			 applies ? on_failure : NULL, "peer_user",
			 pack_peers(question->table, route), "proxy_protocol",
			 version ? json_sprintf("v%u", version) : json_null());
}

static const char *goes_to(const struct uh_lookup_question *question,
			   const struct uh_lookup_destination *asked,
			   const struct uh_table_route *route)
{
	if (uh_table_goes_direct(question->table, route))
		return uh_lookup_original(question, asked);
	return uh_table_refuses(question->table, route) ? "refused" : "targets";
}

bool uh_print_answer_json(const struct uh_lookup_question *question,
			  const struct uh_lookup_destination *asked,
			  const struct uh_lookup_matches *matches,
			  const struct uh_lookup_matches *everyone)
{
	const struct uh_table *table = question->table;
	const struct uh_table_route *winner = matches->count ? matches->route[0] : NULL;
	bool by_itself = false;
	json_t *object =
	    json_pack("{s:o, s:s, s:s}", "destination", uh_json_string(asked->text), "protocol",
		      question->protocol == UH_UDP ? "udp" : "tcp", "goes_to",
		      goes_to(question, asked, winner));
	bool good =
	    json_object_update_new(object, pack_name(question, asked, &by_itself)) == 0 &&
	    json_object_update_new(object, pack_route(table, winner)) == 0 &&
	    json_object_update_new(object, pack_terms(question, asked, winner, by_itself)) ==
		0 &&
	    json_object_set_new(object, "shadows", pack_routes(table, matches, 1, NULL)) == 0 &&
	    json_object_set_new(object, "passed_over",
				pack_routes(table, everyone, 0, winner)) == 0;

	if (!good) {
		json_decref(object);
		object = NULL;
	}
	return uh_json_print(stdout, object);
}

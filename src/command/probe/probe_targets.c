/* SPDX-License-Identifier: MIT */
/*
 * probe_targets.c: lists the addresses to probe for a route: its targets and its original
 * destination.
 */
#include "probe_targets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command/cli/diag.h"
#include "command/inspect/local_addresses.h"
#include "base/array.h"
#include "table/name_answer.h"
#include "table/path_template.h"

/* The route that is probed, and a destination that it is for. */
struct subject {
	struct uh_probe_targets *attempts;
	const struct uh_table *table;
	bool originals;
	bool named; /* the user named the destination */
	const struct uh_table_route *route;
	struct uh_destination destination;
	const char *text; /* of the destination */
};

#define ANY_PORT "not tried: a route for any port; give ADDRESS:PORT"
#define MANY_ADDRESSES "not tried: a route for many addresses; give ADDRESS:PORT"
#define NO_ANSWER "not tried: the name has no address"
#define UDP_ONLY "not tried: over UDP no answer can be expected"
#define DIRECT "not tried: goes to the address itself"
#define REFUSED "not tried: connections are refused"
#define FIRST_PORT "tried at the first port of the range"

static bool is_any_port(const struct uh_destination *destination)
{
	return destination->first_port == 0 && destination->last_port == UINT16_MAX;
}

static bool add(struct subject *subject, struct uh_probe_target attempt)
{
	struct uh_probe_targets *list = subject->attempts;
	struct uh_probe_target *grown =
	    uh_array_grow(list->attempt, list->count, sizeof(attempt));

	if (!grown) {
		uh_error("%s", strerror(errno));
		return false;
	}
	list->attempt = grown;
	attempt.route = subject->route;
	attempt.port = subject->destination.first_port;
	attempt.named =
	    subject->named && attempt.port && attempt.port == subject->destination.last_port;
	if (subject->destination.prefix_length != UH_EXACT_NAME ||
	    !uh_destination_name(subject->text, attempt.name))
		attempt.name[0] = '\0';
	if (attempt.original && attempt.skipped)
		strcpy(attempt.text, "original");
	else
		uh_target_format(&attempt.target, attempt.text);
	if (subject->route->protocol == UH_UDP && !attempt.skipped)
		attempt.skipped = UDP_ONLY;
	list->attempt[list->count++] = attempt;
	return true;
}

/* Notes that the attempt is for the destination's first port, or skips it for any port. */
static void choose_port(const struct uh_destination *destination,
			struct uh_probe_target *attempt)
{
	if (is_any_port(destination))
		attempt->skipped = attempt->skipped ? attempt->skipped : ANY_PORT;
	else if (destination->first_port != destination->last_port)
		attempt->note = FIRST_PORT;
}

/* A target without a port has the port of the destination. */
static void fill_port(const struct uh_destination *destination, struct uh_probe_target *attempt)
{
	if (attempt->target.kind != UH_TARGET_IP || attempt->target.ip.port)
		return;
	choose_port(destination, attempt);
	attempt->target.ip.port = destination->first_port;
}

/* Sets asked to a connection that the attempt can stand for. False if there is none. */
static bool choose_asked(const struct subject *subject, struct uh_probe_target *attempt,
			 struct uh_endpoint *asked)
{
	const struct uh_destination *destination = &subject->destination;
	const struct uh_target *target = &attempt->target;
	char name[UH_NAME_MAX + 1];

	*asked = (struct uh_endpoint){destination->address, 0, destination->first_port};
	if (uh_path_has(target->path, target->path_length, 'p'))
		choose_port(destination, attempt);
	if (uh_path_has(target->path, target->path_length, 'a')) {
		if (destination->prefix_length == UH_EXACT_NAME &&
		    uh_destination_name(subject->text, name))
			asked->address = uh_table_stand_in(subject->table, name, UH_IPV4, 0);
		else if (destination->prefix_length != 128)
			attempt->skipped = MANY_ADDRESSES;
	}
	return !attempt->skipped;
}

static bool add_target(struct subject *subject, const struct uh_table_target *from)
{
	struct uh_probe_target attempt = {0};
	struct uh_endpoint asked;

	uh_table_copy_target(subject->table, from, NULL, &attempt.target);
	if (attempt.target.kind == UH_TARGET_DIRECT)
		attempt.skipped = DIRECT;
	if (attempt.target.kind == UH_TARGET_REFUSE)
		attempt.skipped = REFUSED;
	if (attempt.target.kind == UH_TARGET_UNIX && choose_asked(subject, &attempt, &asked))
		uh_table_copy_target(subject->table, from, &asked, &attempt.target);
	fill_port(&subject->destination, &attempt);
	return add(subject, attempt);
}

/* Of the addresses of a name the first is probed, as a program would. */
static bool add_original(struct subject *subject)
{
	const struct uh_destination *destination = &subject->destination;
	struct uh_probe_target attempt = {.original = true, .target = {.kind = UH_TARGET_IP}};
	char name[UH_NAME_MAX + 1];

	if (destination->prefix_length == UH_EXACT_NAME) {
		if (!uh_destination_name(subject->text, name) ||
		    !uh_resolve_host(name, &attempt.target.ip.address, 1))
			attempt.skipped = NO_ANSWER;
	} else if (destination->prefix_length != 128) {
		attempt.skipped = MANY_ADDRESSES;
	} else {
		attempt.target.ip.address = destination->address;
	}
	fill_port(destination, &attempt);
	return add(subject, attempt);
}

static bool add_route(struct subject *subject)
{
	for (uint32_t i = 0; i < subject->route->targets; i++)
		if (!add_target(subject, uh_table_target(subject->table, subject->route, i)))
			return false;
	return !subject->originals || add_original(subject);
}

static bool read_destination(const char *text, struct uh_destination *destination)
{
	char why[UH_WHY];

	if (uh_destination_parse(text, destination, why))
		return true;
	uh_error("%s: %s", text, why);
	return false;
}

bool uh_probe_targets_add_all(struct uh_probe_targets *attempts, const struct uh_table *table,
			      bool originals)
{
	struct subject subject = {attempts, table, originals, .text = NULL};

	for (uint32_t i = 0; i < uh_table_routes(table); i++) {
		subject.route = uh_table_route(table, i);
		subject.text = uh_table_text(table, subject.route->text);
		if (!read_destination(subject.text, &subject.destination) ||
		    !add_route(&subject))
			return false;
	}
	return true;
}

static bool is_same(const struct uh_destination *a, const struct uh_destination *b)
{
	return a->prefix_length == b->prefix_length && a->first_port == b->first_port &&
	       a->last_port == b->last_port &&
	       memcmp(&a->address, &b->address, sizeof(a->address)) == 0;
}

/*
 * Adds and counts the routes for exactly that destination. There may be several, with different
 * conditions.
 */
static bool add_equal(struct subject *subject, size_t *found)
{
	for (uint32_t i = 0; i < uh_table_routes(subject->table); i++) {
		struct uh_destination destination;

		subject->route = uh_table_route(subject->table, i);
		if (!read_destination(uh_table_text(subject->table, subject->route->text),
				      &destination))
			return false;
		if (!is_same(&destination, &subject->destination))
			continue;
		++*found;
		if (!add_route(subject))
			return false;
	}
	return true;
}

/* Returns the route that a connection to the destination takes, or NULL. */
static const struct uh_table_route *route_taken(const struct subject *subject)
{
	const struct uh_destination *destination = &subject->destination;
	const struct uh_endpoint endpoint = {destination->address, 0, destination->first_port};
	const struct uh_table_route *route = NULL;
	char name[UH_NAME_MAX + 1];
	bool named = destination->prefix_length == UH_EXACT_NAME;

	if (destination->first_port != destination->last_port ||
	    (!named && destination->prefix_length != 128))
		return NULL;
	if (named && !uh_destination_name(subject->text, name))
		return NULL;
	uh_table_find_all(subject->table, named ? name : NULL, &endpoint, UH_TCP, NULL, &route,
			  1);
	return route;
}

bool uh_probe_targets_add_for(struct uh_probe_targets *attempts, const struct uh_table *table,
			      bool originals, const char *text)
{
	struct subject subject = {attempts, table, originals, .named = true, .text = text};
	size_t found = 0;

	if (!read_destination(text, &subject.destination) || !add_equal(&subject, &found))
		return false;
	if (found)
		return true;
	subject.route = route_taken(&subject);
	if (subject.route)
		return add_route(&subject);
	uh_error("%s: no route matches", text);
	return false;
}

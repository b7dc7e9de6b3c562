/* SPDX-License-Identifier: MIT */
/* route_notes.c: says how the kernel treats a route. */
#include "route_notes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "build/route_text.h"
#include "command/cli/json.h"
#include "command/inspect/local_addresses.h"
#include "flatten/carriable.h"
#include "refused_routes.h"
#include "rivals.h"

/* A route, and the notes on it so far. */
struct noting {
	const struct uh_table *table;
	const struct uh_table_route *route;
	const struct uh_local_addresses *own;
	struct uh_destination destination;
	bool is_name, is_ipv4;
	json_t *notes;
	bool failed; /* memory ran out */
};

__attribute__((format(printf, 2, 3))) static void add(struct noting *noting, const char *format,
						      ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	if (!text || json_array_append_new(noting->notes, uh_json_string(text)) != 0)
		noting->failed = true;
	free(text);
}

static bool has_target(const struct noting *noting, enum uh_family family)
{
	return uh_route_ip_target(noting->table, noting->route, family, NULL);
}

static void note_only_unix(struct noting *noting)
{
	const struct uh_table_target *target = uh_table_target(noting->table, noting->route, 0);
	char text[UH_TARGET_TEXT];
	struct uh_target shown;

	uh_table_copy_target(noting->table, target, NULL, &shown);
	add(noting,
	    "no target is an IP address; let the service listen on a loopback "
	    "port as well, and add it: to = {\"%s\", \"%s:PORT\"}",
	    uh_target_format(&shown, text),
	    noting->is_name || noting->is_ipv4 ? "127.0.0.1" : "[::1]");
}

/* All reasons why the route is not carried, so that one round of changes is enough. */
static void note_reasons(struct noting *noting)
{
	const struct uh_table_route *route = noting->route;

	if (route->programs != UH_NONE)
		add(noting, "the kernel does not know a program's executable; leave out "
			    "\"programs\", and run 'unhairpin kernel enable UNIT' with the "
			    "program's unit");
	if (uh_table_goes_direct(noting->table, route) ||
	    uh_table_refuses(noting->table, route))
		return;
	if (route->proxy_protocol != UH_PROXY_OFF)
		add(noting, "the kernel cannot send a PROXY header; leave out "
			    "\"proxy_protocol\", and give a port of the service that expects "
			    "no header");
	else if (!has_target(noting, UH_IPV4) && !has_target(noting, UH_IPV6))
		note_only_unix(noting);
	if (route->peer_count > 0)
		add(noting, "the kernel cannot see the user that runs a Unix target; leave out "
			    "\"peer_user\" if the IP target is enough");
}

/* The route is not carried: its connections are not left to a less specific route. */
static void note_left_alone(struct noting *noting)
{
	const struct uh_table_route *hidden = uh_route_hidden(noting->table, noting->route);
	char text[256];

	if (noting->is_name)
		add(noting, "a program without the preload object gets ENETUNREACH at a "
			    "stand-in address of this name");
	if (!hidden)
		return;
	uh_table_describe(noting->table, hidden, text, sizeof(text));
	add(noting,
	    "the kernel leaves these connections alone: the less specific \"%s\" (%s:%u) does "
	    "not get them",
	    text, uh_table_text(noting->table, hidden->file), hidden->line);
}

/* True if every target that the kernel takes is an address of this host. */
static bool is_on_this_host(const struct noting *noting)
{
	for (int family = 0; family < UH_FAMILIES; family++) {
		const struct uh_table_target *target = uh_route_ip_target(
		    noting->table, noting->route, (enum uh_family)family, NULL);
		const struct uh_local_address *local;

		if (!target || uh_address_is_loopback(&target->address))
			continue;
		local = uh_local_addresses_find(noting->own, &target->address);
		if (!local || !local->on_interface)
			return false;
	}
	return true;
}

static void note_fallback(struct noting *noting)
{
	if (noting->route->on_failure != UH_ORIGINAL || !(noting->route->protocol & UH_TCP))
		return;
	if (noting->is_name)
		add(noting, "there is no fallback to the name's real addresses: on_failure "
			    "is \"refuse\" in effect");
	else if (!is_on_this_host(noting))
		add(noting, "on_failure is \"refuse\" in effect: the target is not on this "
			    "host, so the kernel cannot ask whether anybody listens");
}

static void note_name(struct noting *noting)
{
	if (noting->destination.prefix_length == UH_EXACT_NAME)
		add(noting, "a program without the preload object needs the name's line of "
			    "'unhairpin hosts' in /etc/hosts");
	else
		add(noting, "only for addresses that the preload object handed out; give "
			    "routes for exact names, which 'unhairpin hosts' prints, to "
			    "reach other programs");
}

/* The families that the targets do not serve. A name has stand-ins of both. */
static void note_families(struct noting *noting)
{
	if (noting->is_name)
		return;
	if (noting->is_ipv4 && !has_target(noting, UH_IPV4))
		add(noting, "IPv4 sockets (AF_INET) go to the original address, because "
			    "the target is an IPv6 one; add an IPv4 target");
	if (!noting->is_ipv4 && !has_target(noting, UH_IPV6))
		add(noting, "not for sockets with IPV6_V6ONLY, nor for datagrams that are "
			    "sent without connect(), because the target is an IPv4 one; "
			    "add an IPv6 target");
}

static void note(struct noting *noting)
{
	enum uh_carriable carriable = uh_route_carriable(noting->table, noting->route);
	const char *refusal = uh_route_refusal(noting->table, noting->route);

	if (refusal)
		add(noting, "this route %s", refusal);
	if (carriable > UH_CARRIED_EXCEPTION) {
		note_reasons(noting);
		note_left_alone(noting);
	}
	if (carriable == UH_CARRIED) {
		note_fallback(noting);
		note_families(noting);
	}
	if (noting->is_name && carriable == UH_CARRIED)
		note_name(noting);
	if (carriable == UH_CARRIED_EXCEPTION && noting->is_name &&
	    uh_table_goes_direct(noting->table, noting->route))
		add(noting, "the kernel does not know the name's real addresses: a program "
			    "without the preload object gets ENETUNREACH at a stand-in");
	if (noting->route->user_count > 0 && carriable <= UH_CARRIED_EXCEPTION)
		add(noting, "\"users\" are compared with the real user ID, and not with "
			    "the effective one");
}

json_t *uh_route_notes(const struct uh_table *table, const struct uh_table_route *route,
		       const struct uh_local_addresses *own)
{
	struct noting noting = {.table = table, .route = route, .own = own};
	char why[UH_WHY];

	noting.notes = json_array();
	if (!noting.notes)
		return NULL;
	if (uh_destination_parse(uh_table_text(table, route->text), &noting.destination, why)) {
		noting.is_name = uh_destination_is_name(&noting.destination);
		noting.is_ipv4 = uh_address_is_v4(&noting.destination.address);
	}
	note(&noting);
	if (!noting.failed)
		return noting.notes;
	json_decref(noting.notes);
	return NULL;
}

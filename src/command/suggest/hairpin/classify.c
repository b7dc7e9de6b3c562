/* SPDX-License-Identifier: MIT */
/* classify.c: decides whether a destination is a hairpin, and writes the reason. */
#include "classify.h"

#include <stdio.h>
#include <string.h>

#include "table/name_answer.h"
#include "hairpin.h"
#include "command/cli/utf8.h"
#include "host.h"

enum { MOST_ADDRESSES = 16 }; /* for each name */

/* The class of a destination whose name has this address here. */
static enum uh_hairpin_class classify_inside(const struct uh_host *host,
					     const struct uh_address *address)
{
	if (uh_local_addresses_find(&host->own, address) || uh_address_is_loopback(address))
		return UH_OWN_PUBLIC;
	return uh_address_is_private(address) ? UH_NEIGHBOUR : UH_NO_HAIRPIN;
}

/*
 * Looks the name up. If it has an address of this host or of a private network here, but the
 * program was given a public one, the connection went around by the gateway.
 */
static enum uh_hairpin_class classify_name(const struct uh_host *host, const char *name,
					   struct uh_address *inside, FILE *notes)
{
	struct uh_address address[MOST_ADDRESSES];
	char text[UH_ADDRESS_TEXT];
	size_t count = uh_resolve_host(name, address, MOST_ADDRESSES);

	for (size_t i = 0; i < count; i++) {
		enum uh_hairpin_class class = classify_inside(host, &address[i]);

		if (class == UH_NO_HAIRPIN)
			continue;
		*inside = address[i];
		uh_write_clean(notes, name);
		fprintf(notes, " resolves to %s here: %s\n",
			uh_address_format(&address[i], text),
			class == UH_OWN_PUBLIC ? "this host" : "a neighbour");
		return class;
	}
	return UH_NO_HAIRPIN;
}

/* Classifies the destination by all its names. If they lead to different hosts inside, no
 * single route is right, and the hairpin is ambiguous. */
static enum uh_hairpin_class classify_names(const struct uh_host *host,
					    struct uh_hairpin *hairpin, FILE *notes)
{
	const struct uh_group *group = hairpin->group;
	enum uh_hairpin_class class = UH_NO_HAIRPIN;

	for (size_t i = 0; i < group->count; i++) {
		const char *name = group->connection[i]->name;
		enum uh_hairpin_class next;
		struct uh_address inside;

		if (!name || (i && name == group->connection[i - 1]->name))
			continue;
		next = classify_name(host, name, &inside, notes);
		if (class != UH_NO_HAIRPIN && next != UH_NO_HAIRPIN &&
		    memcmp(&inside, &hairpin->inside, sizeof(inside)) != 0)
			hairpin->ambiguous = true;
		if (next == UH_NO_HAIRPIN)
			continue;
		class = next;
		hairpin->inside = inside;
	}
	return class;
}

/* True if the kernel delivers the address locally though no interface has it, as after `ip
 * route add local PREFIX`. */
static bool has_local_route(const struct uh_address *address)
{
	struct uh_address from;

	return uh_address_toward(address, &from) && memcmp(&from, address, sizeof(from)) == 0;
}

static bool listens_at(const struct uh_host *host, const struct uh_endpoint *to)
{
	bool v4 = uh_address_is_v4(&to->address);

	for (size_t i = 0; i < host->listeners.count; i++) {
		const struct uh_listener *listener = &host->listeners.listener[i];
		const struct uh_endpoint *at = &listener->at.ip;

		if (listener->at.kind == UH_TARGET_IP && at->port == to->port &&
		    !uh_address_is_loopback(&at->address) &&
		    (uh_address_is_v4(&at->address) == v4 ||
		     (v4 && uh_listener_is_any(listener))))
			return true;
	}
	return false;
}

/*
 * Finds out, without a packet, whether an address may be a public one of this host: nobody has
 * named a public address, the program was given this one for a name, and this host listens at
 * the port.
 */
static enum uh_hairpin_class classify_candidate(const struct uh_host *host,
						const struct uh_hairpin *hairpin, FILE *notes)
{
	const struct uh_group *group = hairpin->group;
	const struct uh_endpoint *to = &group->connection[0]->to;
	const char *name = group->connection[group->count - 1]->name; /* NULL sorts first */
	char text[UH_ADDRESS_TEXT];

	if (!name || uh_connection_protocol(group->connection[0]) != UH_TCP ||
	    uh_host_knows_public(host, uh_address_is_v4(&to->address)) || !listens_at(host, to))
		return UH_NO_HAIRPIN;
	uh_address_format(&to->address, text);
	fprintf(notes, "%s may be a public address of this host: it was the answer for ", text);
	uh_write_clean(notes, name);
	fprintf(notes,
		", no interface has it, and this host listens at TCP port %u\n"
		"if it is one, run suggest with --public %s\n",
		to->port, text);
	return UH_CANDIDATE;
}

static enum uh_hairpin_class classify_address(const struct uh_host *host,
					      struct uh_hairpin *hairpin, FILE *notes)
{
	const struct uh_address *address = &hairpin->group->connection[0]->to.address;
	const struct uh_local_address *own = uh_local_addresses_find(&host->own, address);
	bool on_interface = own && own->on_interface;

	if (uh_address_is_private(address) && (!own || on_interface))
		return UH_NO_HAIRPIN;
	if (!on_interface && has_local_route(address)) {
		fputs("it is this host's own: the kernel has a local route to it\n", notes);
		return UH_OWN_INTERFACE;
	}
	if (!own) {
		enum uh_hairpin_class class = classify_names(host, hairpin, notes);

		return class == UH_NO_HAIRPIN ? classify_candidate(host, hairpin, notes)
					      : class;
	}
	fprintf(notes, "it is this host's own: %s\n", own->why);
	return on_interface ? UH_OWN_INTERFACE : UH_OWN_PUBLIC;
}

/*
 * The name of a stand-in shows where the connection went: to an address inside, without a
 * detour, if the name leads to this host here.
 */
enum uh_hairpin_class uh_hairpin_classify(const struct uh_host *host,
					  struct uh_hairpin *hairpin, FILE *notes)
{
	const struct uh_connection *first = hairpin->group->connection[0];

	if (!uh_table_in_pool(host->table, &first->to.address)) {
		uh_endpoint_format(&first->to, hairpin->destination);
		return classify_address(host, hairpin, notes);
	}
	if (!first->name || !uh_name_canonical(first->name, hairpin->name))
		return UH_NO_HAIRPIN;
	snprintf(hairpin->destination, sizeof(hairpin->destination), "%s:%u", hairpin->name,
		 first->to.port);
	return classify_name(host, hairpin->name, &hairpin->inside, notes) == UH_OWN_PUBLIC
		   ? UH_OWN_INTERFACE
		   : UH_NO_HAIRPIN;
}

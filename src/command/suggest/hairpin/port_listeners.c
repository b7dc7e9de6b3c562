/* SPDX-License-Identifier: MIT */
/* port_listeners.c: chooses among the listeners of a port the one that a destination leads to.
 */
#include "port_listeners.h"
#include "host.h"
#include "verify_target.h"
#include "hairpin.h"

#include <string.h>

static bool is_at(const struct uh_listener *listener, const struct uh_address *address)
{
	return memcmp(&listener->at.ip.address, address, sizeof(*address)) == 0;
}

static bool is_link_local(const struct uh_address *address)
{
	return address->byte[0] == 0xfe && (address->byte[1] & 0xc0) == 0x80;
}

/* How well a listener fits the destination, from not at all to exactly. */
enum fitness { NONE, OTHER_FAMILY, OTHER_ADDRESS, ANY_ADDRESS, LIKELY_ADDRESS, EXACT };

static enum fitness fitness(const struct uh_port *port, const struct uh_listener *listener)
{
	const struct uh_endpoint *to = &port->hairpin->group->connection[0]->to;
	const struct uh_address *address = &listener->at.ip.address;
	bool v4 = uh_address_is_v4(address), any = uh_listener_is_any(listener);

	if (listener->at.kind != UH_TARGET_IP || listener->at.ip.port != to->port ||
	    is_link_local(address))
		return NONE;
	if (is_at(listener, &to->address))
		return EXACT;
	/* An IPv6 wildcard socket may also accept IPv4 (not with IPV6_V6ONLY), so it has the
	 * lowest score, and a probe decides. */
	if (v4 != uh_address_is_v4(&to->address))
		return any && !v4 ? OTHER_FAMILY : NONE;
	if (any)
		return ANY_ADDRESS;
	if (is_at(listener, &port->toward))
		return LIKELY_ADDRESS;
	/* The kernel delivers to this very address only; a gateway may translate to any
	 * address. */
	return port->hairpin->class == UH_OWN_INTERFACE && !*port->hairpin->name
		   ? NONE
		   : OTHER_ADDRESS;
}

/*
 * True if the destination may lead to this listener instead of the one that was found: it
 * belongs to another process at the same address (SO_REUSEPORT), or it has another address, and
 * the gateway chooses the address.
 */
static bool is_rival(const struct uh_port *port, const struct uh_listener *listener)
{
	const struct uh_listener *found = port->tcp;
	enum fitness how = fitness(port, listener);

	if (listener == found || how <= OTHER_FAMILY ||
	    uh_address_is_loopback(&listener->at.ip.address))
		return false;
	if (is_at(listener, &found->at.ip.address))
		return !listener->owner.process ||
		       listener->owner.process != found->owner.process;
	return port->hairpin->class != UH_OWN_INTERFACE;
}

static bool has_rival(const struct uh_port *port)
{
	const struct uh_listeners *list = &port->host->listeners;

	for (size_t i = 0; i < list->count; i++)
		if (is_rival(port, &list->listener[i]))
			return true;
	return false;
}

/* Finds the listener that fits best. One on loopback fits no destination behind a gateway,
 * which cannot send packets there; it is put into *loopback. */
static const struct uh_listener *find_tcp(const struct uh_port *port,
					  const struct uh_listener **loopback)
{
	const struct uh_listeners *list = &port->host->listeners;
	const struct uh_listener *best = NULL;

	*loopback = NULL;
	for (size_t i = 0; i < list->count; i++) {
		const struct uh_listener *listener = &list->listener[i];

		if (fitness(port, listener) == NONE)
			continue;
		if (uh_address_is_loopback(&listener->at.ip.address) &&
		    port->hairpin->class != UH_OWN_INTERFACE)
			*loopback = listener;
		else if (!best || fitness(port, listener) > fitness(port, best))
			best = listener;
	}
	return best;
}

struct uh_target uh_port_target(const struct uh_port *port, const struct uh_listener *listener)
{
	struct uh_target target = listener->at;

	if (uh_listener_is_any(listener))
		target.ip.address = port->toward;
	return target;
}

/* If exactly one of several listeners answers as the destination does, the destination leads to
 * it.
 */
static void find_meant(struct uh_port *port)
{
	const struct uh_listeners *list = &port->host->listeners;
	const struct uh_listener *found = port->tcp, *meant = NULL;
	unsigned alike = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct uh_listener *listener = &list->listener[i];

		if (listener != found && !is_rival(port, listener))
			continue;
		port->hairpin->target = uh_port_target(port, listener);
		struct uh_comparison comparison = uh_hairpin_compare(port->hairpin);

		alike += comparison.likeness != UH_DIFFERENT;
		if (uh_comparison_is_proof(&comparison))
			meant = listener;
	}
	if (alike != 1 || !meant)
		return;
	port->tcp = meant;
	port->ambiguous = false;
}

/*
 * The local address that the gateway most likely knows: the source address of packets to the
 * destination, else a private address of an interface, else loopback.
 */
static struct uh_address find_toward(const struct uh_host *host,
				     const struct uh_hairpin *hairpin)
{
	const struct uh_endpoint *to = &hairpin->group->connection[0]->to;
	const struct uh_local_addresses *own = &host->own;
	bool v4 = uh_address_is_v4(&to->address);
	struct uh_address found;

	if (hairpin->class == UH_OWN_INTERFACE && !*hairpin->name)
		return to->address;
	if (!*hairpin->name && uh_address_toward(&to->address, &found))
		return found;
	for (size_t i = 0; i < own->count; i++) {
		found = own->address[i].address;
		if (own->address[i].on_interface && uh_address_is_v4(&found) == v4 &&
		    uh_address_is_private(&found) && !uh_address_is_loopback(&found) &&
		    !is_link_local(&found))
			return found;
	}
	uh_address_parse(v4 ? "127.0.0.1" : "::1", &found);
	return found;
}

void uh_port_ask(struct uh_port *port, FILE *notes)
{
	const struct uh_target target = uh_port_target(port, port->tcp);

	port->ambiguous = has_rival(port);
	uh_hairpin_ask(port->hairpin, &target, notes);
	if (port->ambiguous && port->hairpin->asked)
		find_meant(port);
}

void uh_port_find(struct uh_port *port, const struct uh_host *host, struct uh_hairpin *hairpin)
{
	*port = (struct uh_port){
	    .host = host, .hairpin = hairpin, .toward = find_toward(host, hairpin)};
	port->tcp = find_tcp(port, &port->loopback);
}

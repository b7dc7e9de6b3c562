/* SPDX-License-Identifier: MIT */
/* port_listeners.h: the listeners at a destination's port on this host. */
#ifndef UH_PORT_LISTENERS_H
#define UH_PORT_LISTENERS_H

#include "hairpin.h"

/* The listeners at the port of a hairpin's destination. */
struct uh_port {
	const struct uh_host *host;
	struct uh_hairpin *hairpin;
	const struct uh_listener *tcp; /* the likeliest one, or NULL */
	const struct uh_listener
	    *loopback;		  /* one on loopback, out of a gateway's reach, or NULL */
	bool ambiguous;		  /* the destination may lead to other listeners as well */
	struct uh_address toward; /* the local address that the gateway most likely knows */
};

/* Finds the listeners for the hairpin's destination. uh_port_ask sets ambiguous later. */
void uh_port_find(struct uh_port *port, const struct uh_host *host, struct uh_hairpin *hairpin);

/*
 * Asks the destination for its greeting (uh_hairpin_ask), and sets ambiguous. If several
 * listeners may be meant and exactly one answers like the destination, that one becomes tcp.
 * port->tcp must not be NULL.
 */
void uh_port_ask(struct uh_port *port, FILE *notes);

/*
 * The target for a listener: its own address, or for a wildcard address the one that the
 * gateway most likely knows. With 127.0.0.1 a service that looks at the client's address would
 * see loopback.
 */
struct uh_target uh_port_target(const struct uh_port *port, const struct uh_listener *listener);

#endif

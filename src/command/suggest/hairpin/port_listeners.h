/* SPDX-License-Identifier: MIT */
/* port_listeners.h: what listens at the port that a destination leads to. */
#ifndef UH_PORT_LISTENERS_H
#define UH_PORT_LISTENERS_H

#include "hairpin.h"

struct uh_port {
	const struct uh_host *scene;
	struct uh_hairpin *hairpin;
	const struct uh_listener *tcp;	    /* the likeliest, or NULL */
	const struct uh_listener *loopback; /* one that no gateway gets to, or NULL */
	bool ambiguous; /* others listen at that port too, and may be meant */
	struct uh_address
	    toward; /* the address of this host that the gateway most likely knows */
};

/* Sets all of *port but ambiguous, for the hairpin's destination. */
void uh_port_find(struct uh_port *port, const struct uh_host *scene,
		  struct uh_hairpin *hairpin);

/*
 * Asks the destination what it says (uh_hairpin_ask). If it is ambiguous, and of all the
 * listeners one alone answers alike, tcp is that one from then on. port->tcp is not NULL.
 */
void uh_port_ask(struct uh_port *port, FILE *notes);

/*
 * A listener's own address, or for any address the one that the gateway most likely knows: a
 * service that looks at who comes then sees no stranger from loopback.
 */
struct uh_target uh_port_target(const struct uh_port *port, const struct uh_listener *listener);

#endif

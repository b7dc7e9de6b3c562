/* SPDX-License-Identifier: MIT */
/* host.h: what suggest knows of this host. */
#ifndef UH_HOST_H
#define UH_HOST_H

#include "command/inspect/listeners.h"
#include "command/inspect/local_addresses.h"
#include "table/table.h"

/* The routes, addresses and listeners of this host. */
struct uh_host {
	const struct uh_table *table; /* the routes of the configuration */
	struct uh_local_addresses own;
	struct uh_listeners listeners;
};

struct uh_table_request;

/*
 * Loads the routes (uh_table_load), and adds the addresses of the interfaces and those that the
 * configuration calls public to own. Listeners are not read. Returns false on failure
 * (reported). uh_host_free ends it in either case.
 */
bool uh_host_read(struct uh_host *host, const struct uh_table_request *source);
void uh_host_free(struct uh_host *host);

/*
 * True if a public address of this host is known in the family (v4: IPv4): an interface has it,
 * or the user or the configuration named it.
 */
bool uh_host_knows_public(const struct uh_host *host, bool v4);

#endif

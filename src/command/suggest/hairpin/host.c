/* SPDX-License-Identifier: MIT */
/* host.c: reads what suggest needs to know of this host: routes and local addresses. */
#include "host.h"

#include "command/cli/load_table.h"

bool uh_host_read(struct uh_host *host, const struct uh_table_request *source)
{
	host->table = uh_table_load(source);
	return host->table && uh_local_addresses_add_interfaces(&host->own) &&
	       uh_local_addresses_add_publics(
		   &host->own,
		   uh_table_text(host->table, uh_table_settings(host->table)->publics),
		   "public in the configuration");
}

bool uh_host_knows_public(const struct uh_host *host, bool v4)
{
	for (size_t i = 0; i < host->own.count; i++) {
		const struct uh_local_address *own = &host->own.address[i];

		if (uh_address_is_v4(&own->address) == v4 &&
		    (!own->on_interface || !uh_address_is_private(&own->address)))
			return true;
	}
	return false;
}

void uh_host_free(struct uh_host *host)
{
	uh_listeners_free(&host->listeners);
	uh_local_addresses_free(&host->own);
}

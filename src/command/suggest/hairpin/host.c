/* SPDX-License-Identifier: MIT */
/* host.c: reads what suggest needs to know of this host: routes and local addresses. */
#include "command/cli/command.h"
#include "hairpin.h"

bool uh_host_read(struct uh_host *scene, const struct uh_table_request *source)
{
	scene->table = uh_table_load(source);
	return scene->table && uh_local_addresses_add_interfaces(&scene->own) &&
	       uh_local_addresses_add_publics(
		   &scene->own,
		   uh_table_text(scene->table, uh_table_settings(scene->table)->publics),
		   "public in the configuration");
}

void uh_host_free(struct uh_host *scene)
{
	uh_listeners_free(&scene->listeners);
	uh_local_addresses_free(&scene->own);
}

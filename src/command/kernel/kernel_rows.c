/* SPDX-License-Identifier: MIT */
/* kernel_rows.c: the configuration as rows for the kernel. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "command/cli/diag.h"
#include "command/cli/off_file.h"
#include "command/inspect/local_addresses.h"
#include "kernel.h"
#include "refused_routes.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

/* Returns the cookie of this network name space, or 0 before Linux 5.14. */
static uint64_t network_cookie(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint64_t cookie = 0;
	socklen_t size = sizeof(cookie);

	if (fd < 0)
		return 0;
	if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) != 0)
		cookie = 0;
	close(fd);
	return cookie;
}

static bool is_local(const struct uh_address *address, void *context)
{
	const struct uh_local_address *local = uh_local_addresses_find(context, address);

	return local && local->on_interface;
}

/* Reports a route that the kernel must not follow. */
static bool is_refused(const struct uh_table *table)
{
	struct uh_refusal refusal;
	char text[512];

	if (!uh_refused_route(table, &refusal))
		return false;
	uh_table_describe(table, refusal.route, text, sizeof(text));
	uh_error("%s:%u: the kernel must not have route \"%s\": it %s",
		 uh_table_text(table, refusal.route->file), refusal.route->line, text,
		 refusal.reason);
	return true;
}

bool uh_kernel_rows(const struct uh_table_request *source, struct uh_rows *rows)
{
	struct uh_local_addresses own = {0};
	struct uh_flatten_origin origin = {
	    .file = source->file,
	    .routes = source->routes,
	    .optional = source->optional,
	    .network = network_cookie(),
	    .time = (uint64_t)time(NULL),
	    .is_local = is_local,
	    .context = &own,
	};
	const struct uh_table_request nothing = {.file = NULL};
	const struct uh_table *table =
	    uh_table_load(uh_note_if_off(source) ? &nothing : source);
	bool good;

	if (!table || is_refused(table) || !uh_local_addresses_add_interfaces(&own))
		return false;
	good = uh_flatten(table, &origin, rows);
	if (!good)
		uh_error("%s: %s", source->file,
			 errno == E2BIG ? "too many routes for the kernel" : strerror(errno));
	uh_local_addresses_free(&own);
	return good;
}

/* SPDX-License-Identifier: MIT */
/* targets.c: tries the targets of a route in order. */
#include "targets.h"

/* A Unix target is for streams only: a datagram socket passes it by. */
enum uh_outcome uh_try_targets(struct uh_try *try, const struct uh_routes *routes)
{
	enum uh_outcome outcome = UH_NO_ANSWER;

	for (uint32_t i = 0; i < try->route->targets && outcome == UH_NO_ANSWER; i++) {
		try->target = uh_table_target(routes->table, try->route, i);
		if (try->target->kind == UH_TARGET_IP)
			outcome = uh_try_ip(try);
		else if (try->target->kind == UH_TARGET_UNIX &&
			 try->socket->type == SOCK_STREAM)
			outcome = uh_try_unix(try);
	}
	return outcome;
}

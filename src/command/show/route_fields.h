/* SPDX-License-Identifier: MIT */
/* route_fields.h: the targets, options and conditions of a route, as text and as JSON. */
#ifndef UH_ROUTE_FIELDS_H
#define UH_ROUTE_FIELDS_H

#include "command/cli/json.h"
#include "table/table.h"

/*
 * Returns the targets as in a configuration, separated by ", ", as a text for free(3), or NULL
 * if memory ran out.
 */
char *uh_route_targets_text(const struct uh_table *table, const struct uh_table_route *route);

/*
 * Returns the options and conditions that are not the default, as "NAME=VALUE,VALUE" separated
 * by blanks, as a text for free(3); or NULL if memory ran out. with_protocol: also the protocol
 * unless it is tcp.
 */
char *uh_route_options_text(const struct uh_table *table, const struct uh_table_route *route,
			    bool with_protocol);

/*
 * Returns {"targets":[…],"on_failure":…,"programs":[…],"users":[…],"peer_user":[…],
 * "proxy_protocol":…} as a new object, or NULL if memory ran out. Users are texts, with "!"
 * before one that is excluded.
 */
json_t *uh_route_fields_json(const struct uh_table *table, const struct uh_table_route *route);

#endif

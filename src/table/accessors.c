/* SPDX-License-Identifier: MIT */
/* accessors.c: reads routes, targets, sources and settings of a table. */
#include "path_template.h"
#include "section.h"
#include "table.h"

/* A path is copied into struct uh_target, so it must not be longer than UH_TEMPLATE_MAX. */
static bool targets_fit(const struct uh_table *table, const struct uh_table_route *route)
{
	const struct uh_table_target *target =
	    uh_items(table, UH_TARGETS, route->target, route->targets);

	for (uint32_t i = 0; target && i < route->targets; i++)
		if (target[i].kind > UH_TARGET_REFUSE ||
		    target[i].path_length > UH_TEMPLATE_MAX ||
		    !uh_items(table, UH_TEXTS, target[i].path, target[i].path_length))
			return false;
	return target && route->targets > 0;
}

/*
 * Checks that everything that the route refers to lies in the image. The functions that take a
 * route need no check of their own.
 */
const struct uh_table_route *uh_table_route(const struct uh_table *table, uint32_t i)
{
	const struct uh_table_route *route = uh_item(table, UH_ROUTES, i);
	bool fits =
	    route && uh_item(table, UH_TEXTS, route->text) &&
	    uh_item(table, UH_TEXTS, route->file) &&
	    uh_items(table, UH_USERS, route->users, route->user_count) &&
	    uh_items(table, UH_USERS, route->peers, route->peer_count) &&
	    (route->programs == UH_NONE || route->programs < uh_table_conditions(table)) &&
	    route->protocol <= UH_ANY && route->on_failure <= UH_REFUSE &&
	    route->proxy_protocol <= UH_PROXY_V2 && targets_fit(table, route);

	return fits ? route : NULL;
}

const struct uh_table_target *uh_table_target(const struct uh_table *table,
					      const struct uh_table_route *route, uint32_t i)
{
	return (const struct uh_table_target *)uh_section(table, UH_TARGETS) + route->target +
	       i;
}

const struct uh_user *uh_table_peers(const struct uh_table *table,
				     const struct uh_table_route *route)
{
	return (const struct uh_user *)uh_section(table, UH_USERS) + route->peers;
}

const struct uh_user *uh_table_users(const struct uh_table *table,
				     const struct uh_table_route *route)
{
	return uh_items(table, UH_USERS, route->users, route->user_count);
}

const char *uh_table_text(const struct uh_table *table, uint32_t offset)
{
	return (const char *)uh_section(table, UH_TEXTS) + offset;
}

const char *uh_table_template(const struct uh_table *table,
			      const struct uh_table_target *target)
{
	return uh_table_text(table, target->path);
}

size_t uh_table_path(const struct uh_table *table, const struct uh_table_target *target,
		     const struct uh_endpoint *asked, char *path)
{
	return uh_path_expand(uh_table_template(table, target), target->path_length, asked,
			      path);
}

void uh_table_copy_target(const struct uh_table *table, const struct uh_table_target *from,
			  const struct uh_endpoint *asked, struct uh_target *to)
{
	*to = (struct uh_target){
	    .ip = {from->address, from->scope_id, from->port},
	    .kind = from->kind,
	    .path_length = from->path_length,
	};
	if (from->kind != UH_TARGET_UNIX)
		return;
	if (asked)
		to->path_length = (uint8_t)uh_table_path(table, from, asked, to->path);
	else
		memcpy(to->path, uh_table_template(table, from), from->path_length);
}

const struct uh_table_settings *uh_table_settings(const struct uh_table *table)
{
	return &table->settings;
}

uint32_t uh_table_routes(const struct uh_table *table)
{
	return uh_section_count(table, UH_ROUTES);
}

uint32_t uh_table_conditions(const struct uh_table *table)
{
	return uh_section_count(table, UH_CONDITIONS);
}

uint32_t uh_table_sources(const struct uh_table *table)
{
	return uh_section_count(table, UH_SOURCES);
}

const struct uh_table_source *uh_table_source(const struct uh_table *table, uint32_t i)
{
	const struct uh_table_source *source = uh_item(table, UH_SOURCES, i);

	return source && uh_item(table, UH_TEXTS, source->path) ? source : NULL;
}

const struct uh_prefilter_word *uh_table_prefilter(const struct uh_table *table,
						   uint32_t *count)
{
	*count = uh_section_count(table, UH_PREFILTER);
	return uh_section(table, UH_PREFILTER);
}

size_t uh_table_size(const struct uh_table *table)
{
	return table->size;
}

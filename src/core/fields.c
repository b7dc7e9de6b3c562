/* SPDX-License-Identifier: MIT */
/* fields.c: what a table holds beside what is looked up in it, and what belongs to a route. */
#include "image.h"

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

const char *uh_table_text(const struct uh_table *table, uint32_t offset)
{
	return (const char *)uh_section(table, UH_TEXTS) + offset;
}

const char *uh_table_path(const struct uh_table *table, const struct uh_table_target *target)
{
	return uh_table_text(table, target->path);
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

	return source && uh_text_sound(table, source->path) ? source : NULL;
}

const uint8_t *uh_table_beginnings(const struct uh_table *table)
{
	return uh_items(table, UH_BEGINNINGS, 0, 2 * UH_BEGINNING_SET);
}

size_t uh_table_size(const struct uh_table *table)
{
	return table->size;
}

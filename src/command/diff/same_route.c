/* SPDX-License-Identifier: MIT */
/* same_route.c: compares what two routes do. */
#include "same_route.h"

#include <string.h>

#include "table/section.h"

static bool same_targets(const struct uh_table *const table[2], const struct uh_table_route *a,
			 const struct uh_table_route *b)
{
	if (a->targets != b->targets)
		return false;
	for (uint32_t i = 0; i < a->targets; i++) {
		const struct uh_table_target *first = uh_table_target(table[0], a, i);
		const struct uh_table_target *second = uh_table_target(table[1], b, i);

		if (first->kind != second->kind || first->port != second->port ||
		    first->scope_id != second->scope_id ||
		    memcmp(&first->address, &second->address, sizeof(first->address)) != 0 ||
		    first->path_length != second->path_length ||
		    memcmp(uh_table_template(table[0], first),
			   uh_table_template(table[1], second), first->path_length) != 0)
			return false;
	}
	return true;
}

/* The globs of a condition are texts in a row. */
static bool same_programs(const struct uh_table *const table[2], const struct uh_table_route *a,
			  const struct uh_table_route *b)
{
	const struct uh_condition *first = uh_item(table[0], UH_CONDITIONS, a->programs);
	const struct uh_condition *second = uh_item(table[1], UH_CONDITIONS, b->programs);
	const char *text, *other;

	if (!first || !second || first->count != second->count)
		return !first && !second;
	text = uh_table_text(table[0], first->text);
	other = uh_table_text(table[1], second->text);
	for (uint32_t i = 0; i < first->count; i++) {
		if (strcmp(text, other) != 0)
			return false;
		text += strlen(text) + 1;
		other += strlen(other) + 1;
	}
	return true;
}

static bool same_users(const struct uh_user *a, uint32_t count, const struct uh_user *b,
		       uint32_t other_count)
{
	return count == other_count &&
	       (count == 0 || (a && b && memcmp(a, b, count * sizeof(*a)) == 0));
}

bool uh_routes_are_same(const struct uh_table *const table[2], const struct uh_table_route *a,
			const struct uh_table_route *b)
{
	return a->on_failure == b->on_failure && a->proxy_protocol == b->proxy_protocol &&
	       same_targets(table, a, b) && same_programs(table, a, b) &&
	       same_users(uh_table_users(table[0], a), a->user_count,
			  uh_table_users(table[1], b), b->user_count) &&
	       same_users(uh_table_peers(table[0], a), a->peer_count,
			  uh_table_peers(table[1], b), b->peer_count);
}

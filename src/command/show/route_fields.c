/* SPDX-License-Identifier: MIT */
/* route_fields.c: reads the targets, options and conditions of a route from its table. */
#include "route_fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build/route_text.h"
#include "table/section.h"

/* Formats target i into text (UH_TARGET_TEXT bytes). Returns text. */
static char *format_target(const struct uh_table *table, const struct uh_table_route *route,
			   uint32_t i, char *text)
{
	struct uh_target target;

	uh_table_copy_target(table, uh_table_target(table, route, i), NULL, &target);
	return uh_target_format(&target, text);
}

/*
 * Returns the glob behind "last" in the condition on programs, or the first one if last is
 * NULL. *left counts the globs down. NULL: there is no more.
 */
static const char *next_glob(const struct uh_table *table, const struct uh_table_route *route,
			     const char *last, uint32_t *left)
{
	const struct uh_condition *condition = uh_item(table, UH_CONDITIONS, route->programs);

	if (!condition)
		return NULL;
	if (!last)
		*left = condition->count;
	if ((*left)-- == 0)
		return NULL;
	return last ? last + strlen(last) + 1 : uh_table_text(table, condition->text);
}

char *uh_route_targets_text(const struct uh_table *table, const struct uh_table_route *route)
{
	char *all = NULL, text[UH_TARGET_TEXT];
	size_t size;
	FILE *out = open_memstream(&all, &size);

	if (!out)
		return NULL;
	for (uint32_t i = 0; i < route->targets; i++)
		fprintf(out, "%s%s", i ? ", " : "", format_target(table, route, i, text));
	return fclose(out) == 0 ? all : NULL;
}

static void write_users(FILE *out, const char *name, const struct uh_user *user, uint32_t count)
{
	for (uint32_t i = 0; user && i < count; i++) {
		if (i == 0)
			fprintf(out, " %s=", name);
		fprintf(out, "%s%s%u", i ? "," : "", user[i].excluded ? "!" : "",
			(unsigned)user[i].id);
	}
}

static void write_programs(FILE *out, const struct uh_table *table,
			   const struct uh_table_route *route)
{
	uint32_t left;
	const char *glob = next_glob(table, route, NULL, &left), *between = " programs=";

	for (; glob; glob = next_glob(table, route, glob, &left)) {
		fprintf(out, "%s%s", between, glob);
		between = ",";
	}
}

char *uh_route_options_text(const struct uh_table *table, const struct uh_table_route *route,
			    bool with_protocol)
{
	char *all = NULL;
	size_t size;
	FILE *out = open_memstream(&all, &size);

	if (!out)
		return NULL;
	if (with_protocol && route->protocol != UH_TCP)
		fprintf(out, " protocol=%s", route->protocol == UH_UDP ? "udp" : "any");
	write_programs(out, table, route);
	write_users(out, "users", uh_table_users(table, route), route->user_count);
	write_users(out, "peer_user", uh_table_peers(table, route), route->peer_count);
	if (route->on_failure == UH_REFUSE && !uh_table_refuses(table, route))
		fputs(" on_failure=refuse", out);
	if (route->proxy_protocol)
		fprintf(out, " proxy_protocol=v%u", (unsigned)route->proxy_protocol);
	if (fclose(out) != 0)
		return NULL;
	memmove(all, all + (*all == ' '), strlen(all + (*all == ' ')) + 1);
	return all;
}

static json_t *pack_targets(const struct uh_table *table, const struct uh_table_route *route)
{
	char text[UH_TARGET_TEXT];
	json_t *list = json_array();

	for (uint32_t i = 0; i < route->targets; i++)
		json_array_append_new(list,
				      uh_json_string(format_target(table, route, i, text)));
	return list;
}

static json_t *pack_programs(const struct uh_table *table, const struct uh_table_route *route)
{
	json_t *list = json_array();
	uint32_t left;

	for (const char *glob = next_glob(table, route, NULL, &left); glob;
	     glob = next_glob(table, route, glob, &left))
		json_array_append_new(list, uh_json_string(glob));
	return list;
}

static json_t *pack_users(const struct uh_user *user, uint32_t count)
{
	json_t *list = json_array();

	for (uint32_t i = 0; user && i < count; i++)
		json_array_append_new(list, json_sprintf("%s%u", user[i].excluded ? "!" : "",
							 (unsigned)user[i].id));
	return list;
}

json_t *uh_route_fields_json(const struct uh_table *table, const struct uh_table_route *route)
{
	bool refuses = uh_table_refuses(table, route);

	return json_pack(
	    "{s:o, s:s?, s:o, s:o, s:o, s:o}", "targets", pack_targets(table, route),
	    "on_failure",
	    refuses			     ? NULL
	    : route->on_failure == UH_REFUSE ? "refuse"
					     : "original",
	    "programs", pack_programs(table, route), "users",
	    pack_users(uh_table_users(table, route), route->user_count), "peer_user",
	    pack_users(uh_table_peers(table, route), route->peer_count), "proxy_protocol",
	    route->proxy_protocol ? json_sprintf("v%u", (unsigned)route->proxy_protocol)
				  : json_null());
}

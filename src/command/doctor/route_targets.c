/* SPDX-License-Identifier: MIT */
/* route_targets.c: reports the Unix targets that a user cannot connect to. */
#include "route_targets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build/route_text.h"
#include "table/path_template.h"

/* The most paths of one target that are visited. */
enum { MOST = 16 };

/* A walk over the targets. programs: a bit for each condition (uh_table_judge_programs()). */
struct visitor {
	void (*visit)(void *context, const struct uh_visited *visited);
	void *context;
	const struct uh_table *table;
	const struct uh_concerned *concerned;
	unsigned char *programs;
};

/* Decides the conditions on the program; all hold if it is not known. */
static bool judge_programs(struct visitor *visitor)
{
	const struct uh_concerned *concerned = visitor->concerned;

	if (!concerned->program)
		return true;
	visitor->programs = calloc(uh_table_conditions(visitor->table) / 8 + 1, 1);
	if (visitor->programs)
		uh_table_judge_programs(visitor->table, concerned->program, visitor->programs);
	return visitor->programs;
}

/* An exclusion decides at once. A list of exclusions alone includes everyone else. */
static bool concerns_user(const struct visitor *visitor, const struct uh_table_route *route)
{
	const struct uh_user *user = uh_table_users(visitor->table, route);
	bool included = false, any_to_include = false;

	if (visitor->concerned->any_user || !user)
		return true;
	for (uint32_t i = 0; i < route->user_count; i++) {
		bool same = user[i].id == visitor->concerned->user;

		if (same && user[i].excluded)
			return false;
		any_to_include |= !user[i].excluded;
		included |= same;
	}
	return included || !any_to_include;
}

static bool concerns(const struct visitor *visitor, const struct uh_table_route *route)
{
	uint32_t i = route->programs;

	return (i == UH_NONE || !visitor->programs ||
		(visitor->programs[i / 8] >> (i % 8) & 1)) &&
	       concerns_user(visitor, route);
}

static void visit_path(const struct visitor *visitor, struct uh_visited *visited, char *path)
{
	if (path[0] == '\0')
		path[0] = '@';
	visited->path = path;
	visitor->visit(visitor->context, visited);
	visited->path = NULL;
}

static void visit_unix(const struct visitor *visitor, struct uh_visited *visited,
		       const struct uh_table_target *target)
{
	const char *template = uh_table_template(visitor->table, target);
	size_t length = target->path_length;
	struct uh_destination destination;
	char path[UH_PATH_MAX + 1], why[UH_WHY];
	bool by_port = uh_path_has(template, length, 'p');

	if (!uh_destination_parse(visited->route, &destination, why))
		return;
	if ((by_port && destination.last_port - destination.first_port >= MOST) ||
	    (uh_path_has(template, length, 'a') && destination.prefix_length != 128)) {
		uh_path_fixed(template, length, path);
		visit_path(visitor, visited, path);
		return;
	}
	for (uint32_t port = destination.first_port;
	     port <= (by_port ? destination.last_port : destination.first_port); port++) {
		const struct uh_endpoint asked = {destination.address, 0, (uint16_t)port};

		uh_path_expand(template, length, &asked, path);
		visit_path(visitor, visited, path);
	}
}

static void visit_targets(const struct visitor *visitor, const struct uh_table_route *route)
{
	for (uint32_t i = 0; i < route->targets; i++) {
		const struct uh_table_target *target =
		    uh_table_target(visitor->table, route, i);
		struct uh_visited visited = {
		    .route = uh_table_text(visitor->table, route->text),
		    .target = route->target + i,
		    .address = target->address,
		    .peers = uh_table_peers(visitor->table, route),
		    .peer_count = route->peer_count,
		};

		if (target->kind == UH_TARGET_UNIX)
			visit_unix(visitor, &visited, target);
		else if (target->kind == UH_TARGET_IP)
			visitor->visit(visitor->context, &visited);
	}
}

void uh_each_target(const struct uh_table *table, const struct uh_concerned *concerned,
		    void (*visit)(void *context, const struct uh_visited *visited),
		    void *context)
{
	struct visitor visitor = {visit, context, table, concerned, NULL};

	if (!judge_programs(&visitor))
		return;
	for (uint32_t i = 0; i < uh_table_routes(table); i++) {
		const struct uh_table_route *route = uh_table_route(table, i);

		if (route && concerns(&visitor, route))
			visit_targets(&visitor, route);
	}
	free(visitor.programs);
}

/* True if no target of the route can be reached. */
static bool is_unreachable(const struct uh_doctor_report *report,
			   const struct uh_table_route *route)
{
	for (uint32_t i = 0; i < route->targets; i++) {
		uint32_t target = route->target + i;

		if (target >= report->targets || !report->unreachable[target])
			return false;
	}
	return true;
}

struct uh_route_counts uh_count_routes(const struct uh_doctor_report *report,
				       const struct uh_table *table,
				       const struct uh_concerned *concerned)
{
	struct visitor visitor = {.table = table, .concerned = concerned};
	struct uh_route_counts counts = {0, 0};

	if (!judge_programs(&visitor))
		return counts;
	for (uint32_t i = 0; i < uh_table_routes(table); i++) {
		const struct uh_table_route *route = uh_table_route(table, i);

		if (!route || !concerns(&visitor, route) ||
		    uh_table_goes_direct(table, route) || uh_table_refuses(table, route))
			continue;
		counts.routes++;
		counts.unreachable += is_unreachable(report, route);
	}
	free(visitor.programs);
	return counts;
}

/*
 * Reports a missing socket. It is a fault only if the socket exists outside the client's root
 * directory: otherwise its service may just not be running.
 */
static void report_missing(struct uh_doctor_report *report, const struct uh_visited *visited,
			   const struct uh_client *client, const char *shown)
{
	char where[PATH_MAX];

	if (!*client->root ||
	    uh_socket_access("", visited->path, &client->identity, where) == UH_MISSING) {
		report->missing++;
		uh_doctor_print(report, UH_NOTE, shown,
				"does not exist, so this target of route %s does not answer; "
				"start its service",
				visited->route);
		return;
	}
	uh_doctor_unreachable(report, visited->target);
	uh_doctor_print(report, UH_PART, client->name,
			"%s, a target of route %s, does not exist in its root directory; mount "
			"it there",
			shown, visited->route);
}

/* Reports a target at a path. */
static void report_path(struct uh_doctor_report *report, const struct uh_visited *visited,
			const struct uh_client *client, const char *shown)
{
	char where[PATH_MAX];

	switch (uh_socket_access(client->root, visited->path, &client->identity, where)) {
	case UH_MISSING:
		report_missing(report, visited, client, shown);
		break;
	case UH_NO_SOCKET:
		uh_doctor_unreachable(report, visited->target);
		uh_doctor_print(
		    report, UH_PART, shown,
		    "is not a socket, but a target of route %s; name the service's socket",
		    visited->route);
		break;
	case UH_FORBIDDEN:
		uh_doctor_unreachable(report, visited->target);
		uh_doctor_print(report, UH_PART, client->name,
				"user %u may not connect to %s, a target of route %s, because "
				"of the mode of %s; change the mode",
				client->identity.user, shown, visited->route, where);
		break;
	case UH_REACH_UNKNOWN:
		uh_doctor_print(report, UH_NOTE, shown,
				"cannot be checked for route %s, because this user may not "
				"look at %s; run doctor as root",
				visited->route, where);
		break;
	case UH_REACHES:
		break;
	}
}

void uh_doctor_unix_target(struct uh_doctor_report *report, const struct uh_visited *visited,
			   const struct uh_client *client)
{
	char shown[sizeof("unix:") + UH_PATH_MAX];

	snprintf(shown, sizeof(shown), "unix:%s", visited->path);
	if (*visited->path != '@' && visited->path[strlen(visited->path) - 1] != '/')
		report_path(report, visited, client, shown);
	else if (*visited->path == '@' && client->other_network)
		uh_doctor_print(report, UH_NOTE, client->name,
				"%s, a target of route %s, is an abstract name, which the "
				"program looks up in its own network name space; use a path, "
				"which is the same in all",
				shown, visited->route);
}

struct visit {
	struct uh_doctor_report *report;
	const struct uh_client *client;
};

static void examine_target(void *context, const struct uh_visited *visited)
{
	const struct visit *visit = context;

	if (visited->path)
		uh_doctor_unix_target(visit->report, visited, visit->client);
}

void uh_doctor_unix_targets(struct uh_doctor_report *report, const struct uh_table *table,
			    const struct uh_concerned *concerned,
			    const struct uh_client *client)
{
	struct visit visit = {report, client};

	uh_each_target(table, concerned, examine_target, &visit);
}

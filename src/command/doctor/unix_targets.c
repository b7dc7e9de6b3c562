/* SPDX-License-Identifier: MIT */
/* unix_targets.c: reports the Unix targets that a user cannot connect to. */
#include "unix_targets.h"

#include <stdio.h>
#include <string.h>

#include "build/route_text.h"
#include "table/path_template.h"
#include "table/table.h"

/* The most paths of one target that are visited. */
enum { MOST = 16 };

struct visitor {
	void (*visit)(void *context, const char *route, const char *path);
	void *context;
	const struct uh_table *table;
	const struct uh_table_route *route;
};

static void visit_path(const struct visitor *visitor, char *path)
{
	if (path[0] == '\0')
		path[0] = '@';
	visitor->visit(visitor->context, uh_table_text(visitor->table, visitor->route->text),
		       path);
}

static void visit_target(const struct visitor *visitor, const struct uh_table_target *target)
{
	const char *template = uh_table_template(visitor->table, target);
	size_t length = target->path_length;
	struct uh_destination destination;
	char path[UH_PATH_MAX + 1], why[UH_WHY];
	bool by_port = uh_path_has(template, length, 'p');

	if (!uh_destination_parse(uh_table_text(visitor->table, visitor->route->text),
				  &destination, why))
		return;
	if ((by_port && destination.last_port - destination.first_port >= MOST) ||
	    (uh_path_has(template, length, 'a') && destination.prefix_length != 128)) {
		uh_path_fixed(template, length, path);
		visit_path(visitor, path);
		return;
	}
	for (uint32_t port = destination.first_port;
	     port <= (by_port ? destination.last_port : destination.first_port); port++) {
		const struct uh_endpoint asked = {destination.address, 0, (uint16_t)port};

		uh_path_expand(template, length, &asked, path);
		visit_path(visitor, path);
	}
}

void uh_each_unix_target(const struct uh_table *table,
			 void (*visit)(void *context, const char *route, const char *path),
			 void *context)
{
	struct visitor visitor = {visit, context, table, NULL};

	for (uint32_t i = 0; i < uh_table_routes(table); i++) {
		visitor.route = uh_table_route(table, i);
		for (uint32_t j = 0; j < visitor.route->targets; j++) {
			const struct uh_table_target *target =
			    uh_table_target(table, visitor.route, j);

			if (target->kind == UH_TARGET_UNIX)
				visit_target(&visitor, target);
		}
	}
}

struct visit {
	struct uh_doctor_report *report;
	const struct uh_client *client;
};

/*
 * Reports a missing socket. It is a fault only if the socket exists outside the client's root
 * directory: otherwise its service may just not be running.
 */
static void report_missing(const struct visit *visit, const char *route, const char *path,
			   const char *shown)
{
	char where[PATH_MAX];

	if (*visit->client->root &&
	    uh_socket_access("", path, &visit->client->identity, where) != UH_MISSING)
		uh_doctor_print(visit->report, UH_FAULT, visit->client->name,
				"%s, a target of route %s, does not exist in its root "
				"directory; mount it there",
				shown, route);
	else
		uh_doctor_print(visit->report, UH_NOTE, shown,
				"does not exist, so this target of route %s does not answer; "
				"start its service",
				route);
}

static void examine_target(void *context, const char *route, const char *path)
{
	const struct visit *visit = context;
	const struct uh_client *client = visit->client;
	char where[PATH_MAX], shown[sizeof("unix:") + UH_PATH_MAX];

	snprintf(shown, sizeof(shown), "unix:%s", path);
	if (*path == '@') {
		if (client->other_network)
			uh_doctor_print(visit->report, UH_NOTE, client->name,
					"%s, a target of route %s, is an abstract name, which "
					"the program looks up in its own network name space; "
					"use a path, which is the same in all",
					shown, route);
		return;
	}
	if (path[strlen(path) - 1] == '/')
		return;
	switch (uh_socket_access(client->root, path, &client->identity, where)) {
	case UH_MISSING:
		report_missing(visit, route, path, shown);
		break;
	case UH_NO_SOCKET:
		uh_doctor_print(
		    visit->report, UH_FAULT, shown,
		    "is not a socket, but a target of route %s; name the service's socket",
		    route);
		break;
	case UH_FORBIDDEN:
		uh_doctor_print(visit->report, UH_FAULT, client->name,
				"user %u may not connect to %s, a target of route %s, because "
				"of the mode of %s; change the mode",
				client->identity.user, shown, route, where);
		break;
	case UH_REACH_UNKNOWN:
		uh_doctor_print(visit->report, UH_NOTE, shown,
				"cannot be checked for route %s, because this user may not "
				"look at %s; run doctor as root",
				route, where);
		break;
	case UH_REACHES:
		break;
	}
}

void uh_doctor_unix_targets(struct uh_doctor_report *report, const struct uh_table *table,
			    const struct uh_client *client)
{
	struct visit visit = {report, client};

	uh_each_unix_target(table, examine_target, &visit);
}

/* SPDX-License-Identifier: MIT */
/* hairpin.c: examines one destination: its class, its times, and the best target for it. */
#include "hairpin.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "command/cli/diag.h"
#include "command/cli/utf8.h"
#include "flatten/carriable.h"
#include "host.h"
#include "classify.h"
#include "match_listener.h"
#include "verify_target.h"

enum { MOST_PROGRAMS = 5 };

/* Writes the programs' names, each once. The array of written names is short, so each
 * connection searches all of it. */
static void write_programs(FILE *notes, const struct uh_group *group)
{
	const char *told[MOST_PROGRAMS];
	size_t count = 0, at;

	for (size_t i = 0; i < group->count; i++) {
		const char *program = group->connection[i]->program;

		for (at = 0; at < count && told[at] != program; at++)
			;
		if (at < count)
			continue;
		if (count == MOST_PROGRAMS) {
			fputs(" and others", notes);
			return;
		}
		told[count++] = program;
		fputs(count > 1 ? ", " : " by ", notes);
		uh_write_clean(notes, uh_program_name(program));
	}
}

/*
 * Writes why only the kernel back end catches some programs, each reason once. Connections of
 * one program are neighbours, as the connections are sorted.
 */
static void write_only_kernel(FILE *notes, const struct uh_group *group)
{
	const char *told = NULL;

	for (size_t i = 0; i < group->count; i++) {
		const char *why = group->connection[i]->only_kernel;

		if (!why || why == told)
			continue;
		uh_write_clean(notes, why);
		fputc('\n', notes);
		told = why;
	}
}

static bool has_only_kernel(const struct uh_group *group)
{
	for (size_t i = 0; i < group->count; i++)
		if (group->connection[i]->only_kernel)
			return true;
	return false;
}

static void write_times(FILE *notes, const struct uh_hairpin *hairpin)
{
	const struct uh_times *times = &hairpin->times;

	if (times->count)
		fprintf(notes, "%zu connection%s", times->count, times->count == 1 ? "" : "s");
	if (times->datagrams)
		fprintf(notes, "%s%" PRIu64 " datagram%s", times->count ? " and " : "",
			times->datagrams, times->datagrams == 1 ? "" : "s");
	if (times->failed)
		fprintf(notes, ", %" PRIu64 " of them failed,", times->failed);
	write_programs(notes, hairpin->group);
	if (times->timed)
		fprintf(notes, "; connect() took %.0f us (median)", times->median);
	else if (times->failed == hairpin->group->uses)
		fputs(" so it is not known what a route would save", notes);
	else if (times->count)
		fputs("; the time of connect() is not known", notes);
	fputc('\n', notes);
}

/* The route that takes such connections already, or NULL. */
static const struct uh_table_route *existing_route(const struct uh_host *host,
						   const struct uh_hairpin *hairpin)
{
	const struct uh_connection *first = hairpin->group->connection[0];
	const struct uh_table_route *route = NULL;

	uh_table_find_all(host->table, *hairpin->name ? hairpin->name : NULL, &first->to,
			  uh_connection_protocol(first), NULL, &route, 1);
	return route;
}

static void write_route(FILE *notes, const struct uh_table *table,
			const struct uh_table_route *route)
{
	fputs("no route: a route exists already, ", notes);
	uh_write_clean(notes, uh_table_text(table, route->text));
	fputs(" at ", notes);
	uh_write_clean(notes, uh_table_text(table, route->file));
	if (route->line)
		fprintf(notes, ":%u", (unsigned)route->line);
	fputc('\n', notes);
}

/* Writes whether the kernel back end carries a route that the preload object cannot apply. */
static void write_carriable(FILE *notes, const struct uh_table *table,
			    const struct uh_table_route *route)
{
	enum uh_carriable carriable = uh_route_carriable(table, route);

	if (carriable == UH_ONLY_UNIX)
		fputs("the kernel cannot carry it: no target is an IP address; add one\n",
		      notes);
	else if (carriable > UH_CARRIED_EXCEPTION)
		fputs("the kernel cannot carry it; 'unhairpin kernel check' says why\n", notes);
	else
		fputs("the kernel can carry it\n", notes);
}

/* Tries the neighbour's inside address with the destination's port, which may be another one
 * there.
 */
static void probe_neighbour(const struct uh_host *host, struct uh_hairpin *hairpin, FILE *notes)
{
	const struct uh_connection *first = hairpin->group->connection[0];

	hairpin->target = (struct uh_target){.kind = UH_TARGET_IP,
					     .ip = {hairpin->inside, 0, first->to.port}};
	if (!uh_hairpin_probe(host, hairpin, notes))
		return;
	uh_hairpin_ask(hairpin, &hairpin->target, notes);
	uh_hairpin_verify(hairpin, notes);
}

static bool find_target(const struct uh_host *host, struct uh_hairpin *hairpin, FILE *notes)
{
	const struct uh_table_route *route = existing_route(host, hairpin);

	if (route) {
		write_route(notes, host->table, route);
		if (hairpin->only_kernel)
			write_carriable(notes, host->table, route);
	} else if (uh_connection_protocol(hairpin->group->connection[0]) != UH_TCP)
		fputs("no route: only TCP services can be probed\n", notes);
	else if (hairpin->ambiguous)
		fputs("no route: its names lead to different hosts inside\n", notes);
	else if (hairpin->class == UH_NEIGHBOUR)
		probe_neighbour(host, hairpin, notes);
	else
		return uh_hairpin_match_listener(host, hairpin, notes);
	return true;
}

bool uh_hairpin_examine(const struct uh_host *host, const struct uh_group *group,
			struct uh_hairpin *hairpin)
{
	size_t size;

	*hairpin = (struct uh_hairpin){.group = group, .only_kernel = has_only_kernel(group)};
	FILE *notes = open_memstream(&hairpin->notes, &size);

	if (!notes) {
		uh_error("%s", strerror(errno));
		return false;
	}
	bool good = uh_times_measure(group, UH_TIMED_CONNECTED, &hairpin->times);

	hairpin->class = uh_hairpin_classify(host, hairpin, notes);
	if (good && hairpin->class != UH_NO_HAIRPIN) {
		write_times(notes, hairpin);
		write_only_kernel(notes, group);
		good = find_target(host, hairpin, notes);
	}
	if (fclose(notes) == 0)
		return good;
	uh_error("%s", strerror(errno));
	return false;
}

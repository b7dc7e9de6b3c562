/* SPDX-License-Identifier: MIT */
/* flatten.c: asks a table at each boundary, and collects the answers. */
#include "flatten.h"

#include <errno.h>

#include "answer_rows.h"
#include "boundaries.h"
#include "carriable.h"
#include "table/search.h"
#include "table/stand_in.h"

/* The state: the answers so far, and the place that is asked about. */
struct flattening {
	const struct uh_table *table;
	const struct uh_flatten_origin *origin;
	struct uh_answer_rows *rows;
	struct uh_endpoint asked;
	const char *name; /* the name that the address stands for, or NULL */
};

static void set_key(uint64_t *high, uint64_t *low, const struct uh_address *address)
{
	*high = *low = 0;
	for (int i = 0; i < 8; i++) {
		*high = *high << 8 | address->byte[i];
		*low = *low << 8 | address->byte[8 + i];
	}
}

/* Makes the target's row. Returns its place, or 0 if memory ran out. */
static uint32_t add_target(struct flattening *flattening, const struct uh_table_target *from)
{
	const struct uh_flatten_origin *origin = flattening->origin;
	const struct uh_address unbound = {{0}};
	struct uh_address address = uh_address_meant(&from->address, &unbound);
	union uh_row row = {.target = {.port = from->port}};

	set_key(&row.target.high, &row.target.low, &address);
	if (uh_address_is_loopback(&address))
		row.target.flags |= UH_ON_LOOPBACK;
	if (origin->is_local && origin->is_local(&address, origin->context))
		row.target.flags |= UH_ON_THIS_HOST;
	return uh_answer_rows_add(flattening->rows, UH_TARGET_ROWS, &row, 1);
}

static int by_user(const void *a, const void *b)
{
	uint64_t left = ((const union uh_row *)a)->keyed.low;
	uint64_t right = ((const union uh_row *)b)->keyed.low;

	return left < right ? -1 : left > right;
}

/* Sorts the users, and makes one of those that are there twice. Returns their number. */
static uint32_t sort_users(union uh_row *row, uint32_t count)
{
	uint32_t unique = 0;

	qsort(row, count, sizeof(*row), by_user);
	for (uint32_t i = 1; i < count; i++)
		if (row[i].keyed.low == row[unique].keyed.low)
			row[unique].keyed.included &= row[i].keyed.included;
		else
			row[++unique] = row[i];
	return unique + 1;
}

/* Sets the users of a cell. Returns false if memory ran out. */
static bool set_users(struct flattening *flattening, const struct uh_table_route *route,
		      struct uh_cell_row *cell)
{
	const struct uh_user *user = uh_table_users(flattening->table, route);
	union uh_row *row;

	if (!user || route->user_count == 0)
		return true;
	row = calloc(route->user_count, sizeof(*row));
	if (!row)
		return false;
	cell->includes_others = true;
	for (uint32_t i = 0; i < route->user_count; i++) {
		row[i].keyed.low = user[i].id;
		row[i].keyed.included = !user[i].excluded;
		cell->includes_others &= user[i].excluded != 0;
	}
	cell->users = sort_users(row, route->user_count);
	cell->user = uh_answer_rows_add(flattening->rows, UH_USER_ROWS, row, cell->users);
	free(row);
	return cell->user != 0;
}

static bool set_targets(struct flattening *flattening, const struct uh_table_route *route,
			struct uh_cell_row *cell)
{
	const struct uh_table *table = flattening->table;
	const struct uh_table_target *target;
	uint32_t ipv4 = 0, ipv6 = 0;

	target = uh_route_ip_target(table, route, UH_IPV4, &ipv4);
	if (target && !(cell->ipv4 = add_target(flattening, target)))
		return false;
	target = uh_route_ip_target(table, route, UH_IPV6, &ipv6);
	if (target && !(cell->ipv6 = add_target(flattening, target)))
		return false;
	cell->ipv6_first = cell->ipv6 && (!cell->ipv4 || ipv6 < ipv4);
	return true;
}

/* A stand-in is nobody's address: a program must not wait there for an answer. */
static void set_left_alone(const struct flattening *flattening, struct uh_cell_row *cell)
{
	cell->action = flattening->name ? UH_CELL_FAIL : UH_CELL_PASS;
	cell->error = flattening->name ? ENETUNREACH : 0;
}

/* Makes the cell of a route. Returns false if memory ran out. */
static bool set_cell(struct flattening *flattening, const struct uh_table_route *route,
		     enum uh_protocol protocol, struct uh_cell_row *cell)
{
	enum uh_carriable carriable = uh_route_carriable(flattening->table, route);

	*cell = (struct uh_cell_row){.action = UH_CELL_PASS};
	if (!set_users(flattening, route, cell))
		return false;
	if (carriable == UH_CARRIED) {
		cell->action = UH_CELL_TARGET;
		cell->error = flattening->name ? ENETUNREACH : 0;
		cell->asks =
		    protocol == UH_TCP && route->on_failure == UH_ORIGINAL && !flattening->name;
	} else if (uh_table_refuses(flattening->table, route) &&
		   carriable == UH_CARRIED_EXCEPTION) {
		cell->action = UH_CELL_FAIL;
		cell->error = protocol == UH_TCP ? ECONNREFUSED : EPERM;
	} else {
		set_left_alone(flattening, cell);
		return true;
	}
	cell->route = uh_answer_rows_route(flattening->rows, route);
	return cell->action == UH_CELL_FAIL || set_targets(flattening, route, cell);
}

/*
 * Makes the chain of cells for the asked port: one for each route that can win, up to the first
 * one for everyone. *chain becomes its place, or 0 for no route. Returns false if memory ran
 * out.
 */
static bool add_chain(struct flattening *flattening, enum uh_protocol protocol, uint32_t *chain)
{
	const struct uh_table_route *route[UH_CHAIN_MAX];
	union uh_row row[UH_CHAIN_MAX + 1] = {0};
	size_t found = uh_table_find_all(flattening->table, NULL, &flattening->asked, protocol,
					 NULL, route, UH_CHAIN_MAX);
	uint32_t cells = 0;
	bool for_everyone = false;

	*chain = 0;
	for (size_t i = 0; i < found && i < UH_CHAIN_MAX && !for_everyone; i++) {
		if (!set_cell(flattening, route[i], protocol, &row[cells].cell))
			return false;
		for_everyone = row[cells++].cell.users == 0;
	}
	if (!for_everyone && (flattening->name || found > UH_CHAIN_MAX)) {
		cells -= cells == UH_CHAIN_MAX;
		row[cells].cell = (struct uh_cell_row){.action = UH_CELL_PASS};
		set_left_alone(flattening, &row[cells++].cell);
	}
	for (uint32_t i = 0; i + 1 < cells; i++)
		row[i].cell.has_next = true;
	if (cells > 0)
		*chain = uh_answer_rows_add(flattening->rows, UH_CELL_ROWS, row, cells);
	return cells == 0 || *chain != 0;
}

/* Appends the segment of the asked port to run, unless the last one has the same answers. */
static bool add_segment(struct flattening *flattening, struct uh_array *run)
{
	struct uh_keyed_row segment = {.low = flattening->asked.port};
	union uh_row *row = run->items;

	if (!add_chain(flattening, UH_TCP, &segment.tcp) ||
	    !add_chain(flattening, UH_UDP, &segment.udp))
		return false;
	if (run->count > 0 && row[run->count - 1].keyed.tcp == segment.tcp &&
	    row[run->count - 1].keyed.udp == segment.udp)
		return true;
	row = uh_array_add(run, 1, sizeof(*row));
	if (row)
		*row = (union uh_row){.keyed = segment};
	return row;
}

/* Makes the segments of an address, and its interval. An address without routes has no
 * segments. */
static bool add_interval(struct flattening *flattening, const struct uh_address *address)
{
	struct uh_search search = {.table = flattening->table,
				   .destination = &flattening->asked};
	struct uh_keyed_row interval = {0};
	struct uh_array run = {0};
	union uh_row *first;
	bool good = true;

	flattening->asked.address = *address;
	search.name = flattening->name = uh_table_stands_for(flattening->table, address);
	for (uint32_t port = 0; good && port <= UINT16_MAX;
	     port = uh_search_next_port(&search)) {
		flattening->asked.port = (uint16_t)port;
		good = add_segment(flattening, &run);
	}
	set_key(&interval.high, &interval.low, address);
	first = run.items;
	if (good && (run.count > 1 || first->keyed.tcp || first->keyed.udp)) {
		interval.segments = (uint32_t)run.count;
		interval.segment =
		    uh_answer_rows_add(flattening->rows, UH_SEGMENT_ROWS, first, run.count);
		good = interval.segment != 0;
	}
	free(run.items);
	return good && uh_answer_rows_interval(flattening->rows, &interval);
}

bool uh_flatten(const struct uh_table *table, const struct uh_flatten_origin *origin,
		struct uh_rows *rows)
{
	struct flattening flattening = {
	    .table = table, .origin = origin, .rows = uh_answer_rows_new(table)};
	struct uh_array boundaries = uh_boundaries(table);
	const struct uh_address *address = boundaries.items;
	bool good = flattening.rows && address;

	*rows = (struct uh_rows){0};
	for (size_t i = 0; good && i < boundaries.count; i++)
		good = add_interval(&flattening, &address[i]);
	good = good && uh_answer_rows_finish(flattening.rows, origin, rows);
	uh_answer_rows_free(flattening.rows);
	free(boundaries.items);
	return good;
}

/* SPDX-License-Identifier: MIT */
/* kernel_counters.c: the counters in the tables of the kernel back end. */
#include <errno.h>
#include <string.h>

#include "command/attached/attachments.h"
#include "command/cli/diag.h"
#include "read_counters.h"

/* The texts of a table that an older version of this command made have no targets. */
static const char *targets_of(const struct uh_rows *rows, const struct uh_route_row *route)
{
	return route->targets ? uh_rows_text(rows, route->targets - 1) : "";
}

/*
 * Calls visit for each route of each attached table, until it returns false. *found becomes the
 * number of tables. Returns false if a visit did.
 */
static bool each_route(bool writable, size_t *found,
		       bool (*visit)(void *context, const char *route, const char *targets,
				     struct uh_count_row *count),
		       void *context)
{
	struct uh_attachments list;
	struct uh_attached_table table;
	bool good = true;

	*found = 0;
	uh_attachments_read(&list); /* empty on failure */
	for (size_t i = 0; good && i < list.count; i++) {
		if (!uh_attached_table_open(&list.attachment[i], writable, &table))
			continue;
		const struct uh_header_row *header = &table.rows.row->header;

		++*found;
		for (uint32_t j = 0; good && j < header->routes; j++) {
			union uh_row *row = &table.rows.row[header->route + 2 * j];

			good = visit(context, uh_rows_text(&table.rows, row[1].route.text),
				     targets_of(&table.rows, &row[1].route), &row->count);
		}
		uh_attached_table_close(&table);
	}
	uh_attachments_free(&list);
	return good;
}

static bool add(void *context, const char *route, const char *targets,
		struct uh_count_row *count)
{
	const struct uh_count_row copy = {
	    __atomic_load_n(&count->routed, __ATOMIC_RELAXED),
	    __atomic_load_n(&count->unanswered, __ATOMIC_RELAXED),
	    __atomic_load_n(&count->failed, __ATOMIC_RELAXED),
	    __atomic_load_n(&count->datagrams, __ATOMIC_RELAXED),
	};

	return uh_counter_totals_add_kernel(context, route, targets, &copy);
}

static bool set_to_zero(void *context, const char *route, const char *targets,
			struct uh_count_row *count)
{
	(void)context;
	(void)route;
	(void)targets;
	__atomic_store_n(&count->routed, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&count->unanswered, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&count->failed, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&count->datagrams, 0, __ATOMIC_RELAXED);
	return true;
}

bool uh_kernel_counters_read(struct uh_counter_totals *sums, size_t *found)
{
	if (each_route(false, found, add, sums))
		return true;
	uh_error("%s", strerror(ENOMEM));
	return false;
}

void uh_kernel_counters_reset(size_t *found)
{
	each_route(true, found, set_to_zero, NULL);
}

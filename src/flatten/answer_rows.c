/* SPDX-License-Identifier: MIT */
/* answer_rows.c: collects the rows of answers, and puts them into one array. */
#include "answer_rows.h"

#include <errno.h>

#include "base/array.h"
#include "base/format.h"
#include "build/intern.h"
#include "carriable.h"
#include "table/section.h"

#define ROW sizeof(union uh_row)
#define ROWS_MAX (1u << UH_SEARCH_STEPS)
#define DESCRIPTION 256 /* bytes of a route's text: a longer one is cut */

struct uh_answer_rows {
	const struct uh_table *table;
	struct uh_interner *section[UH_ANSWER_SECTIONS], *texts;
	struct uh_array intervals;
	/* The row of the array where each section begins, less 1: it is added to a place. */
	uint32_t base[UH_ANSWER_SECTIONS], route_base, rows;
};

struct uh_answer_rows *uh_answer_rows_new(const struct uh_table *table)
{
	struct uh_answer_rows *answers = calloc(1, sizeof(*answers));
	bool good = answers && (answers->texts = uh_interner_new());

	for (int i = 0; good && i < UH_ANSWER_SECTIONS; i++)
		good = (answers->section[i] = uh_interner_new());
	if (!good) {
		uh_answer_rows_free(answers);
		return NULL;
	}
	answers->table = table;
	return answers;
}

void uh_answer_rows_free(struct uh_answer_rows *answers)
{
	if (!answers)
		return;
	for (int i = 0; i < UH_ANSWER_SECTIONS; i++)
		uh_interner_free(answers->section[i]);
	uh_interner_free(answers->texts);
	free(answers->intervals.items);
	free(answers);
}

uint32_t uh_answer_rows_add(struct uh_answer_rows *answers, enum uh_answer_section section,
			    const union uh_row *row, size_t count)
{
	struct uh_interner *rows = answers->section[section];
	struct uh_interned *interned = uh_intern(rows, row, count * ROW);

	if (interned && uh_interner_size(rows) / ROW >= ROWS_MAX) {
		errno = E2BIG;
		return 0;
	}
	return interned ? (uint32_t)(interned->offset / ROW + 1) : 0;
}

uint32_t uh_answer_rows_route(const struct uh_answer_rows *answers,
			      const struct uh_table_route *route)
{
	const struct uh_table_route *first = uh_section(answers->table, UH_ROUTES);

	return (uint32_t)(route - first) * 2 + 1;
}

static bool is_ipv4(const struct uh_keyed_row *interval)
{
	return interval->high == 0 && interval->low >> 32 == 0xffff;
}

bool uh_answer_rows_interval(struct uh_answer_rows *answers,
			     const struct uh_keyed_row *interval)
{
	struct uh_array *all = &answers->intervals;
	union uh_row *row = all->items;

	if (all->count > 0 && row[all->count - 1].keyed.segment == interval->segment &&
	    is_ipv4(&row[all->count - 1].keyed) == is_ipv4(interval))
		return true;
	row = uh_array_add(all, 1, ROW);
	if (row)
		*row = (union uh_row){.keyed = *interval};
	return row;
}

static uint32_t from_place(uint32_t place, uint32_t base)
{
	return place ? place + base : 0;
}

static void resolve_segments(const struct uh_answer_rows *answers, union uh_row *row,
			     size_t count)
{
	for (size_t i = 0; i < count; i++) {
		row[i].keyed.tcp = from_place(row[i].keyed.tcp, answers->base[UH_CELL_ROWS]);
		row[i].keyed.udp = from_place(row[i].keyed.udp, answers->base[UH_CELL_ROWS]);
	}
}

static void resolve_cells(const struct uh_answer_rows *answers, union uh_row *row, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct uh_cell_row *cell = &row[i].cell;

		cell->route = from_place(cell->route, answers->route_base);
		cell->user = from_place(cell->user, answers->base[UH_USER_ROWS]);
		cell->ipv4 = from_place(cell->ipv4, answers->base[UH_TARGET_ROWS]);
		cell->ipv6 = from_place(cell->ipv6, answers->base[UH_TARGET_ROWS]);
	}
}

static size_t rows_of(const struct uh_answer_rows *answers, enum uh_answer_section section)
{
	return uh_interner_size(answers->section[section]) / ROW;
}

/* Marks the blocks of 65,536 addresses (IPv4) from an interval's first to its last address. */
static void mark(union uh_row *array, const struct uh_keyed_row *from,
		 const struct uh_keyed_row *next)
{
	bool ipv4 = is_ipv4(from);
	uint32_t first = (uint32_t)(ipv4 ? from->low >> 16 : from->high >> 48) & 0xffff;
	uint64_t low = next ? next->low - 1 : UINT64_MAX;
	uint64_t high = next ? next->high - (next->low == 0) : UINT64_MAX;
	uint32_t last = (uint32_t)(ipv4 ? low >> 16 : high >> 48) & 0xffff;
	union uh_row *row = array + UH_PREFILTER_ROW + (ipv4 ? 0 : UH_PREFILTER_ROWS / 2);

	for (uint32_t block = first; block <= last; block++)
		row[block / 256].word[block % 256 / 64] |= UINT64_C(1) << block % 64;
}

static void put_intervals(const struct uh_answer_rows *answers, union uh_row *array)
{
	union uh_row *row = array + UH_FIRST_INTERVAL_ROW;
	size_t count = answers->intervals.count;

	memcpy(row, answers->intervals.items, count * ROW);
	for (size_t i = 0; i < count; i++) {
		row[i].keyed.segment =
		    from_place(row[i].keyed.segment, answers->base[UH_SEGMENT_ROWS]);
		if (row[i].keyed.segments > 0)
			mark(array, &row[i].keyed, i + 1 < count ? &row[i + 1].keyed : NULL);
	}
}

/* Interns a text. Sets *offset. Returns false with errno ENOMEM. */
static bool add_text(struct uh_answer_rows *answers, const char *text, uint32_t *offset)
{
	struct uh_interned *interned = uh_intern_text(answers->texts, text);

	if (interned)
		*offset = (uint32_t)interned->offset;
	return interned;
}

/* Writes the targets that the kernel sends to into text of DESCRIPTION bytes: one of each
 * family, split by a comma. */
static void describe_targets(const struct uh_table *table, const struct uh_table_route *route,
			     char *text)
{
	size_t used = 0;

	*text = '\0';
	if (uh_route_carriable(table, route) != UH_CARRIED)
		return;
	for (enum uh_family family = UH_IPV4; family < UH_FAMILIES; family++) {
		const struct uh_table_target *target =
		    uh_route_ip_target(table, route, family, NULL);

		if (!target)
			continue;
		used += used ? uh_format(text + used, DESCRIPTION - used, ",") : 0;
		uh_table_describe_target(table, target, text + used, DESCRIPTION - used);
		used = strlen(text);
	}
}

static bool put_routes(struct uh_answer_rows *answers, union uh_row *array)
{
	union uh_row *row = array + answers->route_base + 1;
	char text[DESCRIPTION];

	for (uint32_t i = 0; i < uh_table_routes(answers->table); i++) {
		const struct uh_table_route *route = uh_table_route(answers->table, i);
		struct uh_route_row *to = &row[2 * i + 1].route;

		uh_table_describe(answers->table, route, text, sizeof(text));
		if (!add_text(answers, text, &to->text) ||
		    !add_text(answers, uh_table_text(answers->table, route->file), &to->file))
			return false;
		describe_targets(answers->table, route, text);
		if (!add_text(answers, text, &to->targets))
			return false;
		to->targets++;
		to->id = route->id;
		to->line = route->line;
	}
	return true;
}

/* Decides where the sections begin, except the texts. Returns false with errno E2BIG. */
static bool place_sections(struct uh_answer_rows *answers)
{
	uint64_t rows = UH_FIRST_INTERVAL_ROW + answers->intervals.count;

	for (int i = 0; i < UH_ANSWER_SECTIONS; i++) {
		answers->base[i] = (uint32_t)rows - 1;
		rows += rows_of(answers, (enum uh_answer_section)i);
	}
	answers->route_base = (uint32_t)rows - 1;
	rows += 2 * (uint64_t)uh_table_routes(answers->table);
	answers->rows = (uint32_t)rows;
	if (rows < ROWS_MAX)
		return true;
	errno = E2BIG;
	return false;
}

static void put_answers(const struct uh_answer_rows *answers, union uh_row *array)
{
	put_intervals(answers, array);
	for (int i = 0; i < UH_ANSWER_SECTIONS; i++)
		uh_interner_copy(answers->section[i], array + answers->base[i] + 1);
	resolve_segments(answers, array + answers->base[UH_SEGMENT_ROWS] + 1,
			 rows_of(answers, UH_SEGMENT_ROWS));
	resolve_cells(answers, array + answers->base[UH_CELL_ROWS] + 1,
		      rows_of(answers, UH_CELL_ROWS));
}

static uint32_t count_carried(const struct uh_table *table)
{
	uint32_t carried = 0;

	for (uint32_t i = 0; i < uh_table_routes(table); i++)
		carried += uh_is_carried(uh_route_carriable(table, uh_table_route(table, i)));
	return carried;
}

/* Appends the texts, which are complete only now, to the array, which may move. */
static bool put_texts(struct uh_answer_rows *answers, struct uh_rows *rows)
{
	size_t size = uh_interner_size(answers->texts), more = (size + ROW - 1) / ROW;
	union uh_row *array = realloc(rows->row, (rows->count + more) * ROW);

	if (!array)
		return false;
	rows->row = array;
	memset(array + rows->count, 0, more * ROW);
	uh_interner_copy(answers->texts, array + rows->count);
	array->header = (struct uh_header_row){
	    .version = UH_KERNEL_TABLE_VERSION,
	    .intervals = (uint32_t)answers->intervals.count,
	    .route = answers->route_base + 1,
	    .routes = uh_table_routes(answers->table),
	    .text = (uint32_t)rows->count,
	    .text_bytes = (uint32_t)size,
	    .rows = (uint32_t)(rows->count + more),
	    .carried = count_carried(answers->table),
	};
	rows->count += more;
	return true;
}

bool uh_answer_rows_finish(struct uh_answer_rows *answers,
			   const struct uh_flatten_origin *origin, struct uh_rows *rows)
{
	struct uh_origin_row *to;

	if (!place_sections(answers))
		return false;
	*rows = (struct uh_rows){calloc(answers->rows, ROW), answers->rows};
	if (!rows->row)
		return false;
	put_answers(answers, rows->row);
	to = &rows->row[UH_ORIGIN_ROW].origin;
	*to = (struct uh_origin_row){
	    .network = origin->network, .loaded = origin->time, .optional = origin->optional};
	if (add_text(answers, origin->file, &to->file) &&
	    add_text(answers, origin->routes, &to->routes) && put_routes(answers, rows->row) &&
	    put_texts(answers, rows))
		return true;
	free(rows->row);
	*rows = (struct uh_rows){0};
	return false;
}

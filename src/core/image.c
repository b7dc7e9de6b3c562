/* SPDX-License-Identifier: MIT */
/* image.c: takes an image into use: whole, or as far as must be known before a look-up. */
#include "image.h"

#include <errno.h>

#include "hostname.h"
#include "stand_in.h"

const unsigned char uh_section_item[UH_SECTIONS] = {
    [UH_SUMS] = sizeof(uint64_t),
    [UH_BEGINNINGS] = 1,
    [UH_LENGTHS] = 1,
    [UH_SLOTS] = sizeof(struct uh_slot),
    [UH_NODES] = sizeof(struct uh_node),
    [UH_SEGMENTS] = sizeof(struct uh_segment),
    [UH_CELLS] = sizeof(struct uh_cell),
    [UH_ROUTES] = sizeof(struct uh_table_route),
    [UH_TARGETS] = sizeof(struct uh_table_target),
    [UH_CONDITIONS] = sizeof(struct uh_condition),
    [UH_USERS] = sizeof(struct uh_user),
    [UH_SOURCES] = sizeof(struct uh_table_source),
    [UH_TEXTS] = 1,
};

/* The mark and version before the sums: a file of another kind or age is told apart early. */
static bool header_fits(const struct uh_table *table, size_t size)
{
	return (uintptr_t)table % sizeof(uint64_t) == 0 && size >= sizeof(*table) &&
	       size % UH_IMAGE_ALIGN == 0 && memcmp(table->mark, UH_IMAGE_MARK, 8) == 0 &&
	       table->version == UH_IMAGE_VERSION && table->byte_order == UH_IMAGE_ORDER &&
	       table->size == size && table->away == 0 && table->lazy == 0;
}

/* The front with a sum for each block of what is behind it, and the sum of the front itself. */
static bool front_fits(const struct uh_table *table)
{
	uint64_t blocks = table->section[UH_SUMS].count, front = uh_front_for(blocks);

	return table->section[UH_SUMS].offset == sizeof(*table) && front <= table->size &&
	       (table->size - front + UH_IMAGE_BLOCK - 1) / UH_IMAGE_BLOCK == blocks &&
	       uh_front_sound(table);
}

static bool blocks_sound(const struct uh_table *table)
{
	for (uint32_t i = 0; i < uh_section_count(table, UH_SUMS); i++)
		if (!uh_block_sound(table, i))
			return false;
	return true;
}

/* In 64 bits, where the sum of two 32-bit numbers cannot wrap into range. */
static bool sections_fit(const struct uh_table *table)
{
	for (int i = 0; i < UH_SECTIONS; i++) {
		const struct uh_span *span = &table->section[i];
		uint64_t bytes = (uint64_t)span->count * uh_section_item[i];

		if (span->offset % 8 ||
		    (i != UH_SUMS && span->offset < uh_image_front(table)) ||
		    span->offset + bytes > table->size)
			return false;
	}
	return true;
}

/* True when count items from index first on lie within a section. */
static bool within(const struct uh_table *table, enum uh_section section, uint32_t first,
		   uint32_t count)
{
	return (uint64_t)first + count <= uh_section_count(table, section);
}

/* True for an index into a section, or UH_NONE. */
static bool index_fits(const struct uh_table *table, enum uh_section section, uint32_t i)
{
	return i == UH_NONE || i < uh_section_count(table, section);
}

/* A power of two places with one free at least, or a probe would never end. */
static bool slots_fit(const struct uh_table *table)
{
	const struct uh_slot *slot = uh_section(table, UH_SLOTS);
	uint32_t count = uh_section_count(table, UH_SLOTS), used = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (!index_fits(table, UH_NODES, slot[i].node))
			return false;
		used += slot[i].node != UH_NONE;
	}
	return count > 0 && (count & (count - 1)) == 0 && used < count;
}

/* A longer one would shift by more bits than there are when masking. */
static bool lengths_fit(const struct uh_table *table)
{
	const uint8_t *length = uh_section(table, UH_LENGTHS);

	if (uh_section_count(table, UH_BEGINNINGS) != 2 * UH_BEGINNING_SET)
		return false;
	for (uint32_t i = 0; i < uh_section_count(table, UH_LENGTHS); i++)
		if (length[i] > 128)
			return false;
	return true;
}

/* A name must be there, end in time, and begin with "*." where it is compared without that. */
bool uh_name_fits(const struct uh_table *table, const struct uh_node *node)
{
	const char *text = uh_section(table, UH_TEXTS);
	bool wildcard =
	    node->prefix_length != UH_EXACT_NAME && node->prefix_length != UH_STAND_IN;

	if (node->prefix_length <= 128)
		return true;
	return within(table, UH_TEXTS, node->text, 2) &&
	       strnlen(text + node->text, UH_NAME_MAX + 1) <= UH_NAME_MAX &&
	       wildcard == (memcmp(text + node->text, "*.", 2) == 0);
}

/* A node's tree lies in its own run of segments, so no position leaves that. */
static bool nodes_fit(const struct uh_table *table)
{
	const struct uh_node *node = uh_section(table, UH_NODES);

	for (uint32_t i = 0; i < uh_section_count(table, UH_NODES); i++)
		if (!within(table, UH_SEGMENTS, node[i].segment, node[i].segments) ||
		    !uh_name_fits(table, &node[i]))
			return false;
	return true;
}

/* Longer prefixes would leave blocks of no bits, or none at all. */
static bool pools_fit(const struct uh_table *table)
{
	const struct uh_prefix *pool = table->settings.stand_in;

	return uh_address_is_v4(&pool[UH_IPV4].address) &&
	       pool[UH_IPV4].prefix_length >= UH_V4_PREFIX &&
	       pool[UH_IPV4].prefix_length <= UH_POOL_MAX_V4 &&
	       pool[UH_IPV6].prefix_length <= UH_POOL_MAX_V6;
}

static bool segments_fit(const struct uh_table *table)
{
	const struct uh_segment *segment = uh_section(table, UH_SEGMENTS);

	for (uint32_t i = 0; i < uh_section_count(table, UH_SEGMENTS); i++)
		if (!index_fits(table, UH_CELLS, segment[i].leaf) ||
		    !index_fits(table, UH_CELLS, segment[i].inner))
			return false;
	return true;
}

/* next always smaller: a list cannot run in a circle. */
static bool cells_fit(const struct uh_table *table)
{
	const struct uh_cell *cell = uh_section(table, UH_CELLS);

	for (uint32_t i = 0; i < uh_section_count(table, UH_CELLS); i++)
		if (cell[i].route >= uh_section_count(table, UH_ROUTES) ||
		    (cell[i].next != UH_NONE && cell[i].next >= i))
			return false;
	return true;
}

bool uh_route_fits(const struct uh_table *table, const struct uh_table_route *route)
{
	return within(table, UH_TEXTS, route->text, 1) &&
	       within(table, UH_TEXTS, route->file, 1) && route->targets > 0 &&
	       within(table, UH_TARGETS, route->target, route->targets) &&
	       within(table, UH_USERS, route->users, route->user_count) &&
	       within(table, UH_USERS, route->peers, route->peer_count) &&
	       index_fits(table, UH_CONDITIONS, route->programs) && route->protocol >= UH_TCP &&
	       route->protocol <= UH_ANY && route->on_failure <= UH_REFUSE &&
	       route->proxy_protocol <= UH_PROXY_V2;
}

static bool routes_fit(const struct uh_table *table)
{
	const struct uh_table_route *route = uh_section(table, UH_ROUTES);

	for (uint32_t i = 0; i < uh_table_routes(table); i++)
		if (!uh_route_fits(table, &route[i]))
			return false;
	return true;
}

/* Paths are copied into a sockaddr_un: none may be longer than that holds. */
bool uh_target_fits(const struct uh_table *table, const struct uh_table_target *target)
{
	return target->kind <= UH_TARGET_DIRECT && target->path_length <= UH_PATH_MAX &&
	       within(table, UH_TEXTS, target->path, target->path_length);
}

static bool targets_fit(const struct uh_table *table)
{
	const struct uh_table_target *target = uh_section(table, UH_TARGETS);

	for (uint32_t i = 0; i < uh_section_count(table, UH_TARGETS); i++)
		if (!uh_target_fits(table, &target[i]))
			return false;
	return true;
}

/* Each of a condition's texts must end inside the section: globs are read one after the other.
 */
static bool condition_fits(const struct uh_table *table, const struct uh_condition *condition)
{
	const char *text = uh_section(table, UH_TEXTS);
	const char *end = text + uh_section_count(table, UH_TEXTS);

	if (!within(table, UH_TEXTS, condition->text, 0))
		return false;
	text += condition->text;
	for (uint32_t i = 0; i < condition->count; i++) {
		text = memchr(text, '\0', (size_t)(end - text));
		if (!text)
			return false;
		text++;
	}
	return true;
}

static bool conditions_fit(const struct uh_table *table)
{
	const struct uh_condition *condition = uh_section(table, UH_CONDITIONS);

	for (uint32_t i = 0; i < uh_table_conditions(table); i++)
		if (!condition_fits(table, &condition[i]))
			return false;
	return true;
}

static bool sources_fit(const struct uh_table *table)
{
	const struct uh_table_source *source = uh_section(table, UH_SOURCES);

	for (uint32_t i = 0; i < uh_table_sources(table); i++)
		if (!within(table, UH_TEXTS, source[i].path, 1))
			return false;
	return true;
}

/* With a NUL as the last byte, any offset within is a text that ends. */
static bool texts_fit(const struct uh_table *table)
{
	const char *text = uh_section(table, UH_TEXTS);
	uint32_t count = uh_section_count(table, UH_TEXTS);

	return count > 0 && text[count - 1] == '\0' && table->settings.log_to < count &&
	       table->settings.publics < count && table->settings.inline_routes < count;
}

/* Sections first: every check after that reads them. */
const struct uh_table *uh_table_open(const void *image, size_t size)
{
	const struct uh_table *table = image;

	if (!image || !header_fits(table, size) || !front_fits(table) || !sections_fit(table) ||
	    !blocks_sound(table) || !texts_fit(table) || !pools_fit(table) ||
	    !lengths_fit(table) || !slots_fit(table) || !nodes_fit(table) ||
	    !segments_fit(table) || !cells_fit(table) || !routes_fit(table) ||
	    !targets_fit(table) || !conditions_fit(table) || !sources_fit(table)) {
		errno = EINVAL;
		return NULL;
	}
	return table;
}

/* What look-ups take as given, all of it small; anything else they check where they read it. */
static bool fits_lazily(const struct uh_table *table)
{
	uint32_t slots = uh_section_count(table, UH_SLOTS);
	uint32_t texts = uh_section_count(table, UH_TEXTS);
	uint32_t lengths = uh_section_count(table, UH_LENGTHS);

	return slots > 0 && (slots & (slots - 1)) == 0 && lengths <= 129 &&
	       uh_items(table, UH_LENGTHS, 0, lengths) && lengths_fit(table) && texts > 0 &&
	       uh_item(table, UH_TEXTS, texts - 1) && texts_fit(table) &&
	       uh_text_sound(table, table->settings.log_to) && pools_fit(table);
}

const struct uh_table *uh_table_open_lazily(const void *image, size_t size, void *room)
{
	struct uh_lazy *lazy = room;

	if (image && header_fits(image, size) && front_fits(image) && sections_fit(image)) {
		lazy->table = *(const struct uh_table *)image;
		lazy->table.away = (const char *)image - (const char *)room;
		lazy->table.lazy = 1;
		if (fits_lazily(&lazy->table))
			return &lazy->table;
	}
	errno = EINVAL;
	return NULL;
}

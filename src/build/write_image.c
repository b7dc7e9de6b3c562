/* SPDX-License-Identifier: MIT */
/* write_image.c: writes the image into new memory. */
#include <errno.h>
#include <sys/mman.h>

#include "layout.h"
#include "base/hostname.h"
#include "table/node_index.h"
#include "table/verify.h"

/*
 * Sets the prefilter's bits of a prefix: one bit, or many if the prefix is shorter than 16
 * bits.
 */
static void add_beginnings(uint8_t *sets, const struct uh_address *address,
			   uint32_t prefix_length)
{
	bool v4 = prefix_length >= UH_V4_PREFIX && uh_address_is_v4(address);
	uint32_t length = prefix_length - (v4 ? UH_V4_PREFIX : 0);
	uint32_t first =
	    v4 ? uh_prefilter_bit(address) : (uint32_t)address->byte[0] << 8 | address->byte[1];
	uint32_t many = length < 16 ? 1u << (16 - length) : 1;

	for (uint32_t j = first; j < first + many; j++)
		sets[(v4 ? 0 : UH_PREFILTER_SET) + j / 8] |= (uint8_t)(1 << j % 8);
}

/* The prefilter's words, before the section has its place. */
struct beginnings {
	size_t count;
	struct uh_prefilter_word item[UH_PREFILTER_WORDS];
};

/*
 * Collects the prefilter's words. The stand-in networks are always included: a process that
 * still has a stand-in of a removed name must get an error, so connect() has to see it.
 */
static void collect_beginnings(const struct uh_builder *builder, const struct uh_layout *layout,
			       struct beginnings *beginnings)
{
	const struct uh_prefix *pool = builder->settings.stand_in;
	const struct uh_node *node = layout->nodes.items;
	static const unsigned char none[sizeof(beginnings->item->byte)];
	uint8_t sets[2 * UH_PREFILTER_SET] = {0};

	for (size_t i = 0; i < layout->nodes.count; i++)
		if (node[i].prefix_length <= 128)
			add_beginnings(sets, &node[i].address, node[i].prefix_length);
	for (int i = 0; i < UH_FAMILIES; i++)
		add_beginnings(sets, &pool[i].address, pool[i].prefix_length);
	beginnings->count = 0;
	for (uint32_t i = 0; i < UH_PREFILTER_WORDS; i++) {
		struct uh_prefilter_word item = {.index = i};

		memcpy(item.byte, sets + i * sizeof(item.byte), sizeof(item.byte));
		if (memcmp(item.byte, none, sizeof(none)) != 0)
			beginnings->item[beginnings->count++] = item;
	}
}

/* Counts the items of each section. An interner counts bytes, so its size is divided. */
static void count_items(const struct uh_builder *builder, const struct uh_layout *layout,
			const struct beginnings *beginnings, size_t count[UH_SECTIONS])
{
	count[UH_LENGTHS] = layout->lengths.count;
	count[UH_PREFILTER] = beginnings->count;
	/* A power of two, at least twice the nodes: probes are short and find a free slot. */
	count[UH_SLOTS] = 2;
	while (count[UH_SLOTS] < 2 * layout->nodes.count)
		count[UH_SLOTS] *= 2;
	count[UH_NODES] = layout->nodes.count;
	count[UH_SEGMENTS] = layout->segments.count;
	count[UH_CELLS] = layout->cells.count;
	count[UH_ROUTES] = layout->entries;
	count[UH_TARGETS] = uh_interner_size(builder->targets) / sizeof(struct uh_table_target);
	count[UH_CONDITIONS] =
	    uh_interner_size(builder->conditions) / sizeof(struct uh_condition);
	count[UH_USERS] = uh_interner_size(builder->users) / sizeof(struct uh_user);
	count[UH_SOURCES] = builder->sources.count;
	/*
	 * One more NUL: the section must end in one, but its last string may be a Unix path
	 * without.
	 */
	count[UH_TEXTS] = uh_interner_size(builder->texts) + 1;
}

/* Places the sections behind the header. False if they end beyond the largest offset. */
static bool place_sections(struct uh_table *header, const size_t count[UH_SECTIONS])
{
	uint64_t offset = sizeof(*header);

	for (int i = 0; i < UH_SECTIONS; i++) {
		header->section[i] = (struct uh_span){(uint32_t)offset, (uint32_t)count[i]};
		offset += count[i] * uh_section_item[i];
		offset = (offset + UH_IMAGE_ALIGN - 1) / UH_IMAGE_ALIGN * UH_IMAGE_ALIGN;
	}
	header->size = offset;
	return offset <= UINT32_MAX;
}

/* Returns the first item of a section, to be written. */
static void *section(struct uh_table *table, enum uh_section i)
{
	return (char *)table + table->section[i].offset;
}

static void copy(struct uh_table *table, enum uh_section i, const struct uh_array *vector)
{
	/* An empty array has a NULL pointer, which memcpy must not be given. */
	if (vector->count)
		memcpy(section(table, i), vector->items, vector->count * uh_section_item[i]);
}

/* Fills the hash index by linear probing, as uh_node_find searches it. */
static void write_slots(struct uh_table *table)
{
	const struct uh_node *node = uh_section(table, UH_NODES);
	struct uh_index_slot *slot = section(table, UH_SLOTS);
	uint32_t wrap = uh_section_count(table, UH_SLOTS) - 1;

	for (uint32_t i = 0; i <= wrap; i++)
		slot[i].node = UH_NONE;
	for (uint32_t i = 0; i < uh_section_count(table, UH_NODES); i++) {
		uint64_t hash = uh_node_hash(&node[i].address, node[i].prefix_length);
		uint32_t at = (uint32_t)hash & wrap;

		while (slot[at].node != UH_NONE)
			at = (at + 1) & wrap;
		slot[at] = (struct uh_index_slot){(uint32_t)(hash >> 32), i};
	}
}

/* Returns the index of an interned item in a section whose items all have the same size. */
static uint32_t index_of(const struct uh_interned *interned, enum uh_section i)
{
	return (uint32_t)(interned->offset / uh_section_item[i]);
}

/* The index of a list's first item in its section, and its number of items; 0 for NULL. */
static uint32_t first_of(const struct uh_interned *list, enum uh_section i)
{
	return list ? index_of(list, i) : 0;
}

static uint32_t count_of(const struct uh_interned *list, enum uh_section i)
{
	return list ? (uint32_t)(list->size / uh_section_item[i]) : 0;
}

static uint64_t mix(uint64_t id, const void *bytes, size_t size)
{
	struct uh_address key = uh_name_key(bytes, size);
	uint64_t half;

	memcpy(&half, &key, sizeof(half));
	return (id ^ half) * 0x9e3779b97f4a7c15u;
}

/*
 * Hashes everything that makes two routes different routes, but not their targets and places.
 */
static uint64_t id_of(const struct uh_builder_route *entry)
{
	uint64_t id = mix(1, entry->text->bytes, entry->text->size);

	id = mix(id, &entry->given, sizeof(entry->given));
	if (entry->programs)
		id = mix(id, entry->programs->bytes, entry->programs->size);
	if (entry->users)
		id = mix(id ^ 1, entry->users->bytes, entry->users->size);
	return id ? id : 1;
}

/* Writes the routes in their order: a route's index is its rank, which look-ups compare. */
static void write_routes(struct uh_table *table, const struct uh_layout *layout)
{
	struct uh_table_route *route = section(table, UH_ROUTES);

	for (size_t i = 0; i < layout->entries; i++) {
		const struct uh_builder_route *entry = layout->entry[i];
		const struct uh_interned *condition = entry->condition;

		route[i] = (struct uh_table_route){
		    .id = id_of(entry),
		    .text = (uint32_t)entry->text->offset,
		    .file = (uint32_t)entry->file->offset,
		    .line = entry->line,
		    .target = index_of(entry->target, UH_TARGETS),
		    .targets = entry->targets,
		    .programs = condition ? index_of(condition, UH_CONDITIONS) : UH_NONE,
		    .users = first_of(entry->users, UH_USERS),
		    .user_count = count_of(entry->users, UH_USERS),
		    .peers = first_of(entry->peers, UH_USERS),
		    .peer_count = count_of(entry->peers, UH_USERS),
		    .protocol = entry->protocol,
		    .on_failure = entry->on_failure,
		    .proxy_protocol = entry->proxy_protocol,
		};
	}
}

static void write_sources(const struct uh_builder *builder, struct uh_table *table)
{
	const struct uh_given_source *given = builder->sources.items;
	struct uh_table_source *source = section(table, UH_SOURCES);

	for (size_t i = 0; i < builder->sources.count; i++)
		source[i] = (struct uh_table_source){
		    given[i].stamp, (uint32_t)given[i].path->offset, given[i].kind};
}

static void write_sections(const struct uh_builder *builder, const struct uh_layout *layout,
			   const struct beginnings *beginnings, struct uh_table *table)
{
	memcpy(section(table, UH_PREFILTER), beginnings->item,
	       beginnings->count * sizeof(beginnings->item[0]));
	copy(table, UH_LENGTHS, &layout->lengths);
	copy(table, UH_NODES, &layout->nodes);
	copy(table, UH_SEGMENTS, &layout->segments);
	copy(table, UH_CELLS, &layout->cells);
	write_slots(table);
	write_routes(table, layout);
	write_sources(builder, table);
	uh_interner_copy(builder->targets, section(table, UH_TARGETS));
	uh_interner_copy(builder->conditions, section(table, UH_CONDITIONS));
	uh_interner_copy(builder->users, section(table, UH_USERS));
	uh_interner_copy(builder->texts, section(table, UH_TEXTS));
}

/* The checksums come last, because they cover everything else. */
void *uh_image_write(const struct uh_builder *builder, const struct uh_layout *layout,
		     size_t *size)
{
	struct uh_table header = {
	    .version = UH_IMAGE_VERSION,
	    .byte_order = UH_IMAGE_ORDER,
	    .settings = builder->settings,
	};
	struct beginnings beginnings;
	size_t count[UH_SECTIONS];
	struct uh_table *table;

	collect_beginnings(builder, layout, &beginnings);
	count_items(builder, layout, &beginnings, count);
	if (!place_sections(&header, count)) {
		errno = EOVERFLOW;
		return NULL;
	}
	*size = header.size;
	table = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (table == MAP_FAILED)
		return NULL;
	memcpy(header.mark, UH_IMAGE_MARK, sizeof(header.mark));
	header.settings.log_to = (uint32_t)builder->log_to->offset;
	header.settings.publics = (uint32_t)builder->publics->offset;
	header.settings.inline_routes = (uint32_t)builder->inline_routes->offset;
	header.names = (uint32_t)layout->names;
	*table = header;
	write_sections(builder, layout, &beginnings, table);
	uh_image_seal(table);
	return table;
}

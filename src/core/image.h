/* SPDX-License-Identifier: MIT */
/* image.h: the bytes of a table image, as the builder writes and the look-up reads them. */
#ifndef UH_CORE_IMAGE_H
#define UH_CORE_IMAGE_H

#include <stdatomic.h>
#include <string.h>

#include "table.h"

#define UH_IMAGE_MARK "UNHAIRPN" /* eight bytes, no NUL */
#define UH_IMAGE_VERSION 5u
#define UH_IMAGE_ORDER 0x01020304u /* reads otherwise on a machine of the other byte order */
#define UH_IMAGE_ALIGN 32u	   /* an image's size is a multiple of it: see sums.c */
#define UH_IMAGE_BLOCK 4096u /* bytes under one checksum; a page, where images are mapped */

enum uh_section {
	UH_SUMS,       /* uint64_t: one for each block behind the front, which ends with this */
	UH_BEGINNINGS, /* uint8_t: two sets of UH_BEGINNING_SET bytes, for IPv4 and IPv6 */
	UH_LENGTHS,    /* uint8_t: the distinct prefix lengths, falling */
	UH_SLOTS,      /* struct uh_slot: open addressing, a power of two, at most half full */
	UH_NODES,      /* struct uh_node */
	UH_SEGMENTS,   /* struct uh_segment */
	UH_CELLS,      /* struct uh_cell */
	UH_ROUTES,     /* struct uh_table_route, in falling specificity over the whole table */
	UH_TARGETS,    /* struct uh_table_target */
	UH_CONDITIONS, /* struct uh_condition */
	UH_USERS,      /* struct uh_user */
	UH_SOURCES,    /* struct uh_table_source */
	UH_TEXTS,      /* char: texts with their NULs, and the bytes of Unix paths */
	UH_SECTIONS,
};

/* Where a section lies: bytes from the image's start, and how many items it holds. */
struct uh_span {
	uint32_t offset, count;
};

/*
 * The header. From size on it is under the checksum, with all of the front: the header, the
 * sums and zeros up to a whole number of blocks. What follows has a sum for each block.
 *
 * away and lazy are 0 in an image. A table that is checked block by block has a copy of the
 * header, away bytes before the image, in a struct uh_lazy.
 */
struct uh_table {
	char mark[8];
	uint32_t version, byte_order;
	uint64_t checksum;
	uint64_t size;
	int64_t away;
	uint32_t lazy;
	uint32_t names; /* how many have routes */
	struct uh_span section[UH_SECTIONS];
	struct uh_table_settings settings;
	uint8_t unused[16];
};
static_assert(sizeof(struct uh_table) % UH_IMAGE_ALIGN == 0, "sections begin aligned");
static_assert(offsetof(struct uh_table, checksum) == 16, "mark, version and order before it");

/* seen: a bit for each block that was found sound. */
struct uh_lazy {
	struct uh_table table;
	atomic_bool damaged;
	_Atomic uint64_t seen[];
};

/* A place of the hash index. tag holds hash bits that did not choose the place: nodes are far.
 */
struct uh_slot {
	uint32_t tag;
	uint32_t node; /* or UH_NONE: free */
};

/*
 * One (prefix length, address) and its segments. A name has its key for an address and a prefix
 * length as in uh_destination; text is the name, with "*." where it begins so. A stand-in has
 * no segments of its own.
 */
struct uh_node {
	struct uh_address address;
	uint32_t segment, segments;
	uint32_t prefix_length;
	uint32_t text; /* the name, or UH_NONE */
};

/* Prefix lengths of nodes that are stand-ins: of one name, and of all that "*." can stand for.
 */
#define UH_STAND_IN 256u
#define UH_STAND_IN_BLOCK 257u

/*
 * The ports from first to the next segment's first. The node's m segments are the leaves m to
 * 2m - 1 of a binary tree (the parent of position p is p / 2) whose inner positions are 1 to m
 * - 1; the lists of the routes for a port hang on the way from its leaf up to 1. A range of
 * ports hangs at no more than 2 log2(m) positions, so overlapping ranges never multiply.
 */
struct uh_segment {
	uint32_t first;
	uint32_t leaf;	/* list of cells at position m + i, or UH_NONE */
	uint32_t inner; /* list of cells at position i (none at 0), or UH_NONE */
};

/* A list of routes, rising in index, which is falling in specificity. next is a smaller index.
 */
struct uh_cell {
	uint32_t route;
	uint32_t next; /* or UH_NONE */
};

/* A list of program globs: count texts, one behind the other. */
struct uh_condition {
	uint32_t text, count;
};

/* Bytes of one item of each section. */
extern const unsigned char uh_section_item[UH_SECTIONS];

/* Writes all the checksums of an image that is complete but for them. */
void uh_image_seal(struct uh_table *table);

/* True when the sum of the front, or of a block behind it, is right. */
bool uh_front_sound(const struct uh_table *table);
bool uh_block_sound(const struct uh_table *table, uint32_t block);

/*
 * For a table that is checked lazily: true when the blocks that hold these bytes are sound;
 * each is looked at once. False marks the table as damaged. Async-signal-safe.
 */
bool uh_sound(const struct uh_table *table, const void *from, size_t size);

/* Marks a table as damaged, if it is one that is checked lazily. Returns NULL. */
const void *uh_damaged(const struct uh_table *table);

/* True when the text at offset, up to its NUL, lies in the texts and is sound. */
bool uh_text_sound(const struct uh_table *table, uint32_t offset);

/* True when all that a node, a route or a target names lies within the table. */
bool uh_name_fits(const struct uh_table *table, const struct uh_node *node);
bool uh_route_fits(const struct uh_table *table, const struct uh_table_route *route);
bool uh_target_fits(const struct uh_table *table, const struct uh_table_target *target);

/* Bytes of the front of an image with so many blocks behind it, and of this one. */
static inline uint64_t uh_front_for(uint64_t blocks)
{
	return (sizeof(struct uh_table) + blocks * sizeof(uint64_t) + UH_IMAGE_BLOCK - 1) /
	       UH_IMAGE_BLOCK * UH_IMAGE_BLOCK;
}

static inline uint64_t uh_image_front(const struct uh_table *table)
{
	return uh_front_for(table->section[UH_SUMS].count);
}

/* The first item of a section. */
static inline const void *uh_section(const struct uh_table *table, enum uh_section section)
{
	return (const char *)table + table->away + table->section[section].offset;
}

static inline uint32_t uh_section_count(const struct uh_table *table, enum uh_section section)
{
	return table->section[section].count;
}

/*
 * Items first to first + count - 1 of a section, or NULL when they don't lie in it or are
 * damaged. Look-ups take every item so: they stay within an image whatever is in it.
 */
static inline const void *uh_items(const struct uh_table *table, enum uh_section section,
				   uint32_t first, uint32_t count)
{
	size_t size = uh_section_item[section];
	const char *item;

	if ((uint64_t)first + count > uh_section_count(table, section))
		return uh_damaged(table);
	item = (const char *)uh_section(table, section) + first * size;
	return !table->lazy || uh_sound(table, item, count * size) ? item : NULL;
}

static inline const void *uh_item(const struct uh_table *table, enum uh_section section,
				  uint32_t i)
{
	return uh_items(table, section, i, 1);
}

/* Mixes a masked address and its prefix length: the low bits choose a slot, the high 32 tag it.
 */
static inline uint64_t uh_node_hash(const struct uh_address *address, uint32_t prefix_length)
{
	uint64_t high, low, hash;

	memcpy(&high, address->byte, 8);
	memcpy(&low, address->byte + 8, 8);
	hash = (low ^ prefix_length) * 0x9e3779b97f4a7c15u;
	hash = (hash ^ (hash >> 32) ^ high) * 0xd6e8feb86659fd93u;
	hash = (hash ^ (hash >> 29)) * 0xbf58476d1ce4e5b9u;
	return hash ^ (hash >> 32);
}

#endif

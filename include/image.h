/* SPDX-License-Identifier: MIT */
/* image.h: the bytes of a table image, as the builder writes and the look-up reads them. */
#ifndef UH_IMAGE_H
#define UH_IMAGE_H

#include <string.h>

#include "table/table.h"

#define UH_IMAGE_MARK "UNHAIRPN" /* eight bytes, no NUL */
#define UH_IMAGE_VERSION 7u
#define UH_IMAGE_ORDER 0x01020304u /* reads otherwise on a machine of the other byte order */
#define UH_IMAGE_ALIGN 32u	   /* bytes of a line: front and image are whole lines */
#define UH_IMAGE_SMALL ((size_t)256 * 1024) /* up to here opening checks all: some 20 µs */

enum uh_section {
	UH_LENGTHS,   /* uint8_t: the distinct prefix lengths, falling */
	UH_PREFILTER, /* struct uh_prefilter_word */
	UH_SLOTS, /* struct uh_index_slot: open addressing, a power of two, at most half full */
	UH_NODES, /* struct uh_node */
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
 * The header. The sections follow in the order of enum uh_section. Header and sections before
 * the slots are the front, which look-ups take as given: checksum covers the front from
 * checksum_all on, and checksum_all what lies behind the front.
 */
struct uh_table {
	char mark[8];
	uint32_t version, byte_order;
	uint64_t size;
	uint64_t checksum;
	uint64_t checksum_all;
	uint32_t names; /* how many have routes */
	struct uh_span section[UH_SECTIONS];
	struct uh_table_settings settings;
	uint8_t unused[28];
};

/* A place of the hash index. tag holds hash bits that did not choose the place: nodes are far.
 */
struct uh_index_slot {
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

/* Writes both checksums of an image, whose other bytes are all there. */
void uh_image_seal(struct uh_table *table);

/* The bytes of the front. */
static inline uint32_t uh_image_front(const struct uh_table *table)
{
	return table->section[UH_SLOTS].offset;
}

/* The first item of a section. */
static inline const void *uh_section(const struct uh_table *table, enum uh_section section)
{
	return (const char *)table + table->section[section].offset;
}

static inline uint32_t uh_section_count(const struct uh_table *table, enum uh_section section)
{
	return table->section[section].count;
}

/*
 * Items first to first + count - 1 of a section, or NULL when they don't all lie in it.
 * Look-ups take every item so: they stay within an image whatever is in it.
 */
static inline const void *uh_items(const struct uh_table *table, enum uh_section section,
				   uint32_t first, uint32_t count)
{
	if ((uint64_t)first + count > uh_section_count(table, section))
		return NULL;
	return (const char *)uh_section(table, section) +
	       (size_t)first * uh_section_item[section];
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

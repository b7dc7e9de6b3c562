/* SPDX-License-Identifier: MIT */
/* image.h: the bytes of a table image, which the builder writes and look-ups read. */
#ifndef UH_IMAGE_H
#define UH_IMAGE_H

#include <string.h>

#include "table/table.h"

#define UH_IMAGE_MARK "UNHAIRPN" /* eight bytes, no NUL */
#define UH_IMAGE_VERSION 7u
#define UH_IMAGE_ORDER 0x01020304u /* another number on a machine of the other byte order */
#define UH_IMAGE_ALIGN 32u	   /* bytes of a line; front and image consist of whole lines */
#define UH_IMAGE_SMALL ((size_t)256 * 1024) /* up to here opening verifies all: 20 µs */

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

/* A section: its offset in bytes from the image's start, and its number of items. */
struct uh_span {
	uint32_t offset, count;
};

/*
 * The header. The sections follow in the order of enum uh_section. The front is the header and
 * the sections before UH_SLOTS; look-ups rely on it. checksum covers the front from
 * checksum_all on, and checksum_all covers everything behind the front.
 */
struct uh_table {
	char mark[8];
	uint32_t version, byte_order;
	uint64_t size;
	uint64_t checksum;
	uint64_t checksum_all;
	uint32_t names; /* how many names have routes */
	struct uh_span section[UH_SECTIONS];
	struct uh_table_settings settings;
	uint8_t unused[28];
};

/*
 * A slot of the hash index. tag holds hash bits that did not choose the slot, so that a probe
 * seldom needs to read a node that is another one.
 */
struct uh_index_slot {
	uint32_t tag;
	uint32_t node; /* UH_NONE: the slot is free */
};

/*
 * One (prefix length, address) and its segments. A name has its key as the address, a prefix
 * length as in struct uh_destination, and its text, with "*." if it is a wildcard. A stand-in
 * has its name as text, and no segments.
 */
struct uh_node {
	struct uh_address address;
	uint32_t segment, segments;
	uint32_t prefix_length;
	uint32_t text; /* the name, or UH_NONE */
};

/* The prefix lengths of a stand-in node: of an exact name, and of a wildcard's block. */
#define UH_STAND_IN 256u
#define UH_STAND_IN_BLOCK 257u

/*
 * The ports from first to the next segment's first. The node's m segments are the leaves, at
 * positions m to 2m - 1, of a binary tree in which the parent of position p is p / 2; the inner
 * positions are 1 to m - 1. The routes for a port are the lists at the positions on the path
 * from its leaf up to 1. A range of ports is entered at no more than 2 log2(m) positions, so
 * overlapping ranges do not multiply.
 */
struct uh_segment {
	uint32_t first;
	uint32_t leaf;	/* the list of cells at position m + i, or UH_NONE */
	uint32_t inner; /* the list of cells at position i (none at 0), or UH_NONE */
};

/*
 * A cell of a list of routes. Along the list the routes' index rises, so their specificity
 * falls, and the cells' own index falls.
 */
struct uh_cell {
	uint32_t route;
	uint32_t next; /* or UH_NONE */
};

/* A list of program globs: count texts, each behind the one before. */
struct uh_condition {
	uint32_t text, count;
};

/* The size of one item of each section, in bytes. */
extern const unsigned char uh_section_item[UH_SECTIONS];

/* Writes both checksums of an image that is otherwise complete. */
void uh_image_seal(struct uh_table *table);

/* Returns the size of the front in bytes. */
static inline uint32_t uh_image_front(const struct uh_table *table)
{
	return table->section[UH_SLOTS].offset;
}

/* Returns the first item of a section. */
static inline const void *uh_section(const struct uh_table *table, enum uh_section section)
{
	return (const char *)table + table->section[section].offset;
}

static inline uint32_t uh_section_count(const struct uh_table *table, enum uh_section section)
{
	return table->section[section].count;
}

/*
 * Returns the items first to first + count - 1 of a section, or NULL if they do not all lie in
 * the section. Look-ups read every item through it, so they stay within a damaged image.
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

/*
 * Hashes a masked address and its prefix length. The low bits choose a slot, and the high 32
 * bits are its tag. A change of this function is a change of the format (UH_IMAGE_VERSION).
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

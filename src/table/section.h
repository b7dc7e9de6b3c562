/* SPDX-License-Identifier: MIT */
/* section.h: the sections of an image and their items. */
#ifndef UH_SECTION_H
#define UH_SECTION_H

#include "image.h"

/* The size of one item of each section, in bytes. */
extern const unsigned char uh_section_item[UH_SECTIONS];

/* Returns the size of the front in bytes. */
static inline uint32_t uh_image_front_size(const struct uh_table *table)
{
	return table->section[UH_SLOTS].offset;
}

/* Returns the first item of a section. */
static inline const void *uh_section(const struct uh_table *table, enum uh_section section)
{
	return (const char *)table + table->section[section].offset;
}

/* Returns the number of items of a section. */
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

/* Returns the i-th item of a section, or NULL if the section has fewer items. */
static inline const void *uh_item(const struct uh_table *table, enum uh_section section,
				  uint32_t i)
{
	return uh_items(table, section, i, 1);
}

#endif

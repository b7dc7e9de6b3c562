/* SPDX-License-Identifier: MIT */
/* verify.c: checks a table image before it is searched: header, sections, checksums. */
#include "verify.h"

#include <errno.h>

#include "section.h"
#include "table.h"

static uint64_t mix(uint64_t sum, uint64_t word)
{
	sum = (sum ^ word) * 0x9e3779b97f4a7c15u;
	return sum << 29 | sum >> 35;
}

/*
 * Sums up whole lines (UH_IMAGE_ALIGN). For a given word a step maps sums one to one, and for a
 * given sum it maps words one to one: a single damaged word always changes the result. Four
 * sums side by side, because a multiplication takes several cycles.
 */
static uint64_t add_up(const struct uh_table *table, uint64_t from, uint64_t to)
{
	uint64_t sum[4] = {1, 2, 3, 4}, word[4];
	const char *at = (const char *)table + from, *end = (const char *)table + to;

	for (; at < end; at += sizeof(word)) {
		memcpy(word, at, sizeof(word));
		for (int i = 0; i < 4; i++)
			sum[i] = mix(sum[i], word[i]);
	}
	return mix(mix(mix(sum[0], sum[1]), sum[2]), sum[3]);
}

static uint64_t sum_of_front(const struct uh_table *table)
{
	return add_up(table, UH_IMAGE_ALIGN, uh_image_front_size(table));
}

static uint64_t sum_of_rest(const struct uh_table *table)
{
	return add_up(table, uh_image_front_size(table), table->size);
}

void uh_image_seal(struct uh_table *table)
{
	table->checksum_all = sum_of_rest(table);
	table->checksum = sum_of_front(table);
}

/*
 * Checks mark and version, which tell another kind or version of file before any checksum is
 * computed.
 */
static bool header_fits(const struct uh_table *table, size_t size)
{
	return (uintptr_t)table % sizeof(uint64_t) == 0 && size >= sizeof(*table) &&
	       size % UH_IMAGE_ALIGN == 0 && memcmp(table->mark, UH_IMAGE_MARK, 8) == 0 &&
	       table->version == UH_IMAGE_VERSION && table->byte_order == UH_IMAGE_ORDER &&
	       table->size == size;
}

/*
 * Sections must follow each other. The arithmetic has 64 bits, so that two 32-bit numbers
 * cannot wrap around into range.
 */
static bool sections_fit(const struct uh_table *table)
{
	uint64_t end = sizeof(*table);

	for (int i = 0; i < UH_SECTIONS; i++) {
		const struct uh_span *span = &table->section[i];

		if (span->offset % 8 || span->offset < end)
			return false;
		end = span->offset + (uint64_t)span->count * uh_section_item[i];
	}
	return end <= table->size && uh_image_front_size(table) % UH_IMAGE_ALIGN == 0;
}

/* Checks the prefix lengths: masking by a longer one would shift by too many bits. */
static bool lengths_fit(const struct uh_table *table)
{
	const uint8_t *length = uh_section(table, UH_LENGTHS);

	for (uint32_t i = 0; i < uh_section_count(table, UH_LENGTHS); i++)
		if (length[i] > 128)
			return false;
	return uh_section_count(table, UH_LENGTHS) <= 129;
}

/* Checks the stand-in networks: a longer prefix would leave blocks without any bits. */
static bool pools_fit(const struct uh_table *table)
{
	const struct uh_prefix *pool = table->settings.stand_in;

	return uh_address_is_v4(&pool[UH_IPV4].address) &&
	       pool[UH_IPV4].prefix_length >= UH_V4_PREFIX &&
	       pool[UH_IPV4].prefix_length <= UH_POOL_MAX_V4 &&
	       pool[UH_IPV6].prefix_length <= UH_POOL_MAX_V6;
}

/*
 * Checks that the last byte of the texts is a NUL: then any offset within is a text that ends.
 */
static bool texts_fit(const struct uh_table *table)
{
	const char *text = uh_section(table, UH_TEXTS);
	uint32_t count = uh_section_count(table, UH_TEXTS);

	return count > 0 && text[count - 1] == '\0' && table->settings.log_to < count &&
	       table->settings.publics < count && table->settings.inline_routes < count;
}

/*
 * Checks the small parts that look-ups rely on. Look-ups check everything else as they read it.
 */
static bool front_fits(const struct uh_table *table)
{
	uint32_t slots = uh_section_count(table, UH_SLOTS);

	return slots > 0 && (slots & (slots - 1)) == 0 &&
	       uh_section_count(table, UH_PREFILTER) - 1 < UH_PREFILTER_WORDS &&
	       lengths_fit(table) && pools_fit(table) && texts_fit(table);
}

size_t uh_image_size(const void *bytes, size_t size)
{
	const struct uh_table *table = bytes;

	if (!bytes || size < sizeof(*table) || table->size > size ||
	    !header_fits(table, (size_t)table->size))
		return 0;
	return (size_t)table->size;
}

bool uh_table_sound(const struct uh_table *table)
{
	return table->checksum == sum_of_front(table) &&
	       table->checksum_all == sum_of_rest(table);
}

/* The sections are checked first, because every later check reads them. */
const struct uh_table *uh_table_open(const void *image, size_t size)
{
	const struct uh_table *table = image;

	if (image && header_fits(table, size) && sections_fit(table) && front_fits(table) &&
	    (size <= UH_IMAGE_SMALL ? uh_table_sound(table)
				    : table->checksum == sum_of_front(table)))
		return table;
	errno = EINVAL;
	return NULL;
}

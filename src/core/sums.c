/* SPDX-License-Identifier: MIT */
/* sums.c: checksums of an image: one for its front, and one in there for each block behind it.
 */
#include "image.h"

static uint64_t mix(uint64_t sum, uint64_t word)
{
	sum = (sum ^ word) * 0x9e3779b97f4a7c15u;
	return sum << 29 | sum >> 35;
}

/*
 * Each step maps the sum one to one for a given word and the word one to one for a given sum:
 * one damaged word always shows. Four sums side by side, because a multiplication takes some
 * cycles.
 */
static uint64_t add_lines(uint64_t sum[4], const char *at, const char *end)
{
	uint64_t word[4];

	for (; at < end; at += sizeof(word)) {
		memcpy(word, at, sizeof(word));
		for (int i = 0; i < 4; i++)
			sum[i] = mix(sum[i], word[i]);
	}
	return mix(mix(mix(sum[0], sum[1]), sum[2]), sum[3]);
}

/* The number makes blocks that changed places show. */
static uint64_t block_sum(const struct uh_table *table, uint32_t block)
{
	uint64_t sum[4] = {block + 1, 2, 3, 4};
	const char *image = (const char *)table + table->away;
	uint64_t from = uh_image_front(table) + (uint64_t)block * UH_IMAGE_BLOCK;
	uint64_t to = from + UH_IMAGE_BLOCK;

	return add_lines(sum, image + from, image + (to < table->size ? to : table->size));
}

/* The header's first line holds the sum itself: of that line only the size counts. */
static uint64_t front_sum(const struct uh_table *table)
{
	uint64_t sum[4] = {1, 2, 3, table->size};
	const char *image = (const char *)table;

	return add_lines(sum, image + UH_IMAGE_ALIGN, image + uh_image_front(table));
}

void uh_image_seal(struct uh_table *table)
{
	uint64_t *sum = (uint64_t *)(table + 1);

	for (uint32_t i = 0; i < uh_section_count(table, UH_SUMS); i++)
		sum[i] = block_sum(table, i);
	table->checksum = front_sum(table);
}

bool uh_front_sound(const struct uh_table *table)
{
	return table->checksum == front_sum(table);
}

bool uh_block_sound(const struct uh_table *table, uint32_t block)
{
	const uint64_t *sum = uh_section(table, UH_SUMS);

	return sum[block] == block_sum(table, block);
}

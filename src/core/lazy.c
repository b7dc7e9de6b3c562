/* SPDX-License-Identifier: MIT */
/* lazy.c: looks at the blocks of an image when they are first needed, and never again. */
#include "image.h"

/* Only the checksum's word for it that the front is right makes the count of blocks so. */
static struct uh_lazy *lazy_of(const struct uh_table *table)
{
	return (struct uh_lazy *)table;
}

size_t uh_table_room(size_t size)
{
	return sizeof(struct uh_lazy) + (size / UH_IMAGE_BLOCK / 64 + 1) * sizeof(uint64_t);
}

const void *uh_damaged(const struct uh_table *table)
{
	if (table->lazy)
		atomic_store_explicit(&lazy_of(table)->damaged, true, memory_order_relaxed);
	return NULL;
}

bool uh_table_damaged(const struct uh_table *table)
{
	return table->lazy &&
	       atomic_load_explicit(&lazy_of(table)->damaged, memory_order_relaxed);
}

/* Two threads may look at one block at the same time: both find the same. */
static bool look_at(const struct uh_table *table, uint32_t block)
{
	_Atomic uint64_t *seen = &lazy_of(table)->seen[block / 64];
	uint64_t bit = UINT64_C(1) << block % 64;

	if (atomic_load_explicit(seen, memory_order_relaxed) & bit)
		return true;
	if (!uh_block_sound(table, block))
		return uh_damaged(table);
	atomic_fetch_or_explicit(seen, bit, memory_order_relaxed);
	return true;
}

bool uh_sound(const struct uh_table *table, const void *from, size_t size)
{
	const char *behind = (const char *)table + table->away + uh_image_front(table);
	size_t first = (size_t)((const char *)from - behind);
	size_t last = first + (size ? size - 1 : 0);

	if (size == 0)
		return true;
	for (size_t block = first / UH_IMAGE_BLOCK; block <= last / UH_IMAGE_BLOCK; block++)
		if (!look_at(table, (uint32_t)block))
			return false;
	return true;
}

/* Texts are short: their end is looked for some bytes at a time. */
bool uh_text_sound(const struct uh_table *table, uint32_t offset)
{
	enum { STEP = 64 };
	uint32_t count = uh_section_count(table, UH_TEXTS);

	while (offset < count) {
		uint32_t step = count - offset < STEP ? count - offset : STEP;
		const char *text = uh_items(table, UH_TEXTS, offset, step);

		if (!text || memchr(text, '\0', step))
			return text;
		offset += step;
	}
	return uh_damaged(table);
}

/* SPDX-License-Identifier: MIT */
/*
 * fuzz_image.c: opens bytes as a table: they are refused, or can be searched within their
 * bounds and in finite time.
 *
 * The checksums would stop nearly every change, so the mutator corrects them most of the time.
 * The seeds are inline routes, from which images are made, so a new version of the image needs
 * no new seeds.
 */
#include <errno.h>
#include <sys/mman.h>

#include "table/section.h"
#include "table/table.h"
#include "table/verify.h"
#include "fuzz.h"

static bool is_image(const uint8_t *data, size_t size)
{
	return size >= sizeof(struct uh_table) && memcmp(data, UH_IMAGE_MARK, 8) == 0;
}

/* Copies data into whole lines, aligned as an image is. */
static void *aligned_copy(const uint8_t *data, size_t size)
{
	size_t room = (size + UH_IMAGE_ALIGN - 1) / UH_IMAGE_ALIGN * UH_IMAGE_ALIGN;
	void *copy = aligned_alloc(UH_IMAGE_ALIGN, room ? room : UH_IMAGE_ALIGN);

	MUST(copy);
	return memcpy(copy, data, size);
}

/* Writes the header's first fields and the checksums as the builder would. */
static void seal(uint8_t *data, size_t size)
{
	struct uh_table *table = aligned_copy(data, size);
	uint32_t front = uh_image_front_size(table);

	table->version = UH_IMAGE_VERSION;
	table->byte_order = UH_IMAGE_ORDER;
	table->size = size;
	if (front >= sizeof(*table) && front <= size && front % UH_IMAGE_ALIGN == 0) {
		uh_image_seal(table);
		memcpy(data, table, size);
	}
	free(table);
}

/*
 * Replaces the routes in data by their image. Returns its size, or 0 if there is none or it
 * does not fit.
 */
static size_t make_image(uint8_t *data, size_t size, size_t max_size)
{
	char *text = fuzz_text(data, size);
	size_t image_size = 0;
	void *image = fuzz_parse(NULL, text, &image_size);

	free(text);
	if (!image)
		return 0;
	if (image_size <= max_size)
		memcpy(data, image, image_size);
	munmap(image, image_size);
	return image_size <= max_size ? image_size : 0;
}

/*
 * Changes a number of the header or of a section to one that is likely to break an index or an
 * offset.
 */
static void set_number(uint8_t *data, size_t size, unsigned seed)
{
	static const uint32_t odd[] = {0, 1, 2, 127, 128, 0x7fffffff, UH_NONE - 1, UH_NONE};
	size_t header = sizeof(struct uh_table);
	bool in_header = seed & 1 || size <= header + 4;
	size_t first = in_header ? offsetof(struct uh_table, section) : header;
	size_t numbers = ((in_header ? header : size) - first) / 4;
	size_t at = first + (seed >> 5) % numbers * 4;
	uint32_t number;

	memcpy(&number, data + at, 4);
	if (seed & 2)
		number = odd[seed >> 2 & 7];
	else
		number += (seed >> 2 & 7) - 4;
	memcpy(data + at, &number, 4);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	if (!is_image(data, size)) {
		size_t image_size = make_image(data, size, max_size);

		if (!image_size)
			return LLVMFuzzerMutate(data, size, max_size);
		size = image_size;
	}
	for (unsigned changes = seed >> 4 & 3; changes; changes--)
		set_number(data, size, seed = seed * 1103515245 + 12345);
	if ((seed & 3) == 0)
		size = LLVMFuzzerMutate(data, size, max_size);
	if ((seed >> 2 & 7) && is_image(data, size)) {
		size -= size % UH_IMAGE_ALIGN;
		seal(data, size);
	}
	return size;
}

/* The copy has exactly the image's size, so that a sanitizer sees a read beyond it. */
static void try_image(const uint8_t *data, size_t size)
{
	void *copy = aligned_copy(data, size);
	const struct uh_table *table;

	errno = 0;
	table = uh_table_open(copy, size);
	if (table)
		fuzz_ask(table);
	else
		MUST(errno == EINVAL);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t made[1 << 16];

	if (!is_image(data, size) && size <= sizeof(made)) {
		memcpy(made, data, size);
		try_image(made, make_image(made, size, sizeof(made)));
	}
	try_image(data, size);
	return 0;
}

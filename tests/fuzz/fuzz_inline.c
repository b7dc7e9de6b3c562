/* SPDX-License-Identifier: MIT */
/* fuzz_inline.c: parses inline routes, as in UNHAIRPIN_ROUTES. */
#include <sys/mman.h>

#include "fuzz.h"

/* The same text gives the same bytes. */
static void parse_again(const char *text, const void *image, size_t size)
{
	size_t again_size;
	void *again = fuzz_parse(NULL, text, &again_size);

	MUST(again && again_size == size && memcmp(again, image, size) == 0);
	munmap(again, again_size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	size_t image_size;
	void *image = fuzz_parse(NULL, text, &image_size);

	if (image) {
		fuzz_ask(image);
		parse_again(text, image, image_size);
		munmap(image, image_size);
	}
	free(text);
	return 0;
}

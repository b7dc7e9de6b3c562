/* SPDX-License-Identifier: MIT */
/* test_hash.c: keys that differ in one byte, at any position, are spread over a table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "base/hash.h"

enum { TABLE = 512 };

/* The number of places that the 256 keys take. shift selects the bits of the hash. */
static unsigned places_taken(size_t byte, size_t size, unsigned shift)
{
	unsigned char key[24] = {0xfd, [10] = 0xff, [11] = 0xff, [12] = 240};
	bool taken[TABLE] = {false};
	unsigned count = 0;

	for (unsigned i = 0; i < 256; i++) {
		uint64_t hash;

		key[byte] = (unsigned char)i;
		hash = uh_hash_bytes(1, key, size);
		count += !taken[(hash >> shift) % TABLE];
		taken[(hash >> shift) % TABLE] = true;
	}
	return count;
}

/* 256 random places of 512 are 201 different ones on average, and hardly ever fewer than 170.
 */
static void test_spread(void **state)
{
	static const size_t size[] = {4, 8, 13, 16, 24};

	(void)state;
	for (size_t i = 0; i < sizeof(size) / sizeof(*size); i++)
		for (size_t byte = 0; byte < size[i]; byte++)
			for (unsigned shift = 0; shift <= 48; shift += 16)
				assert_in_range(places_taken(byte, size[i], shift), 170, 256);
}

static void test_zeros(void **state)
{
	const unsigned char zeros[16] = {0};

	(void)state;
	assert_int_not_equal(uh_hash_word(0, 0), 0);
	assert_int_not_equal(uh_hash_word(uh_hash_word(0, 0), 0), uh_hash_word(0, 0));
	assert_int_not_equal(uh_hash_bytes(0, zeros, 8), uh_hash_bytes(0, zeros, 16));
	assert_int_equal(uh_hash_bytes(5, zeros, 0), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_spread),
	    cmocka_unit_test(test_zeros),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* test_array.c: arrays that grow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <cmocka.h>

#include "base/array.h"

static void test_capacity(void **state)
{
	(void)state;
	assert_int_equal(uh_array_capacity(0), 0);
	assert_int_equal(uh_array_capacity(1), 1);
	assert_int_equal(uh_array_capacity(2), 2);
	assert_int_equal(uh_array_capacity(3), 4);
	assert_int_equal(uh_array_capacity(4), 4);
	assert_int_equal(uh_array_capacity(5), 8);
	assert_int_equal(uh_array_capacity(100000), 131072);
}

/* Items keep their values. A sanitizer sees an item beyond the block. */
static void test_grow(void **state)
{
	unsigned *array = NULL;

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		unsigned *grown = uh_array_grow(array, i, sizeof(*array));

		assert_non_null(grown);
		array = grown;
		array[i] = i;
	}
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(array[i], i);
	free(array);
}

static void test_add(void **state)
{
	struct uh_array array = {0};
	unsigned count = 0;

	(void)state;
	for (unsigned added = 1; added < 100; added++) {
		unsigned *item = uh_array_add(&array, added, sizeof(*item));

		assert_non_null(item);
		assert_ptr_equal(item, (unsigned *)array.items + count);
		for (unsigned i = 0; i < added; i++)
			item[i] = count++;
		assert_int_equal(array.count, count);
	}
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(((unsigned *)array.items)[i], i);
	free(array.items);
}

/* After a failure the old array is still there. The compiler must not know the size. */
static void test_too_large(void **state)
{
	volatile size_t half = SIZE_MAX / 2;
	struct uh_array array = {0};
	char *item = uh_array_add(&array, 1, 1);

	(void)state;
	assert_non_null(item);
	*item = 'x';
	errno = 0;
	item = uh_array_add(&array, 2, half);
	assert_null(item);
	assert_int_equal(errno, ENOMEM);
	assert_int_equal(array.count, 1);
	item = array.items;
	assert_int_equal(*item, 'x');
	free(array.items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_capacity),
	    cmocka_unit_test(test_grow),
	    cmocka_unit_test(test_add),
	    cmocka_unit_test(test_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* test_format.c: uh_format writes the text of printf(3), cut at the size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"

/* uh_format and snprintf(3) write the same text. */
#define SAME(...)                                                                              \
	do {                                                                                   \
		char ours[256], libcs[256];                                                    \
		int length = snprintf(libcs, sizeof(libcs), __VA_ARGS__);                      \
                                                                                               \
		assert_int_equal(uh_format(ours, sizeof(ours), __VA_ARGS__), length);          \
		assert_string_equal(ours, libcs);                                              \
	} while (0)

static void test_conversions(void **state)
{
	(void)state;
	SAME("nothing");
	SAME("%s", "");
	SAME("%s:%u: %s", "/etc/unhairpin.conf", 7U, "what is wrong");
	SAME("%s%s%s", "a", "", "b");
	SAME("100 %%, %s", "%s %n %d");
	SAME("%d %d %d %d", 0, -1, INT_MAX, INT_MIN);
	SAME("%u %u %u", 0U, 10U, UINT_MAX);
	SAME("%x %x %x", 0U, 0xabcdef09U, UINT_MAX);
	SAME("%llu %llu", 0ULL, ULLONG_MAX);
	SAME("%s %d %s %d %s %d %s %d", "1", 2, "3", 4, "5", 6, "7", 8);
}

static void test_precision(void **state)
{
	static const char unended[3] = {'a', 'b', 'c'};

	(void)state;
	SAME("%.*s|", 3, "abcdef");
	SAME("%.*s|", 9, "abc");
	SAME("%.*s|", 0, "abc");
	SAME("%.*s|", -1, "abc");
	SAME("%.*s|", INT_MIN, "abc");
	SAME("%.*s|", 5, "ab\0cdef");
	SAME("%.*s|", 3, unended);
}

/* NULL prints as in glibc. The variable hides the NULL from a warning of the compiler. */
static void test_null(void **state)
{
	static const char *volatile none;
	char text[16];

	(void)state;
	assert_int_equal(uh_format(text, sizeof(text), "%s", none), 6);
	assert_string_equal(text, "(null)");
}

/* The text is cut at any size and ends with a NUL; no byte behind it is written. */
static void test_every_size(void **state)
{
	static const char whole[] = "-2147483648 abc 4294967295";
	const size_t length = sizeof(whole) - 1;

	(void)state;
	for (size_t size = 1; size < length + 4; size++) {
		size_t expected = size - 1 < length ? size - 1 : length;
		char text[sizeof(whole) + 8];

		memset(text, '#', sizeof(text));
		assert_int_equal(uh_format(text, size, "%d %s %u", INT_MIN, "abc", UINT_MAX),
				 expected);
		assert_memory_equal(text, whole, expected);
		assert_int_equal(text[expected], '\0');
		for (size_t i = size; i < sizeof(text); i++)
			assert_int_equal(text[i], '#');
	}
}

static void test_no_room(void **state)
{
	char byte = '#';

	(void)state;
	assert_int_equal(uh_format(&byte, 0, "%s", "abc"), 0);
	assert_int_equal(byte, '#');
	assert_int_equal(uh_format(NULL, 0, "%s", "abc"), 0);
	assert_int_equal(uh_format(&byte, 1, "%s", "abc"), 0);
	assert_int_equal(byte, '\0');
}

static void test_errno(void **state)
{
	char text[8];

	(void)state;
	errno = ENFILE;
	uh_format(text, sizeof(text), "%s %d", "too long for the room", 1);
	assert_int_equal(errno, ENFILE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_conversions), cmocka_unit_test(test_precision),
	    cmocka_unit_test(test_null),	cmocka_unit_test(test_every_size),
	    cmocka_unit_test(test_no_room),	cmocka_unit_test(test_errno),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* test_journal.c: the form of log lines, the limit on them, and the names of errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/errno_name.h"
#include "base/journal.h"
#include "base/rate.h"

static void test_fields(void **state)
{
	char buffer[64];
	size_t used;

	(void)state;
	used = uh_journal_field(buffer, sizeof(buffer), 0, "MESSAGE", "a=b c");
	used = uh_journal_field(buffer, sizeof(buffer), used, "PRIORITY", "4");
	assert_int_equal(used, strlen("MESSAGE=a=b c\nPRIORITY=4\n"));
	assert_memory_equal(buffer, "MESSAGE=a=b c\nPRIORITY=4\n", used);
	assert_int_equal(uh_journal_field(buffer, sizeof(buffer), used, "GONE", NULL), used);
}

static void test_newlines_need_a_length(void **state)
{
	static const char expected[] = "A\n\x03\0\0\0\0\0\0\0x\ny\nB=1\n";
	char buffer[64];
	size_t used;

	(void)state;
	used = uh_journal_field(buffer, sizeof(buffer), 0, "A", "x\ny");
	used = uh_journal_field(buffer, sizeof(buffer), used, "B", "1");
	assert_int_equal(used, sizeof(expected) - 1);
	assert_memory_equal(buffer, expected, used);
}

/* A field that does not fit is left out. */
static void test_no_room(void **state)
{
	char buffer[32];

	(void)state;
	memset(buffer, 'z', sizeof(buffer));
	assert_int_equal(uh_journal_field(buffer, 20, 0, "NAME", "0123456"), 0);
	assert_int_equal(buffer[0], 'z');
	assert_int_equal(uh_journal_field(buffer, 21, 0, "NAME", "0123456"), 13);
	assert_int_equal(uh_journal_field(buffer, 21, 13, "B", "1"), 13);
}

static void test_plain(void **state)
{
	char text[] = "a\nb\x1b[31m\x7f\xc3\xa9\t";

	(void)state;
	assert_string_equal(uh_journal_plain(text), "a?b?[31m?\xc3\xa9?");
}

static void test_rate(void **state)
{
	uh_rate rate = 0;
	uint32_t dropped;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_true(uh_rate_allows_at(&rate, 100, 10, 3, &dropped));
	for (int i = 0; i < 7; i++)
		assert_false(uh_rate_allows_at(&rate, 109, 10, 3, &dropped));
	assert_true(uh_rate_allows_at(&rate, 110, 10, 3, &dropped));
	assert_int_equal(dropped, 7);
	assert_true(uh_rate_allows_at(&rate, 110, 10, 3, &dropped));
	assert_int_equal(dropped, 0);
	assert_true(uh_rate_allows_at(&rate, 500, 10, 3, &dropped));
	assert_int_equal(dropped, 0);
}

static void test_no_limit(void **state)
{
	uh_rate rate = 0;
	uint32_t dropped;

	(void)state;
	for (int i = 0; i < 100; i++)
		assert_true(uh_rate_allows(&rate, 10, 0, &dropped));
	assert_int_equal(dropped, 0);
}

static void test_error_names(void **state)
{
	(void)state;
	assert_string_equal(uh_error_name(0), "ok");
	assert_string_equal(uh_error_name(ECONNREFUSED), "ECONNREFUSED");
	assert_string_equal(uh_error_name(EAGAIN), "EAGAIN");
	assert_string_equal(uh_error_name(-1), "EOTHER");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fields),	cmocka_unit_test(test_newlines_need_a_length),
	    cmocka_unit_test(test_no_room),	cmocka_unit_test(test_plain),
	    cmocka_unit_test(test_rate),	cmocka_unit_test(test_no_limit),
	    cmocka_unit_test(test_error_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

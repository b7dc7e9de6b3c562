/* SPDX-License-Identifier: MIT */
/* test_glob_match.c: globs, compared with fnmatch(3) in the C locale. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/glob_match.h"

static void test_what_people_write(void **state)
{
	(void)state;
	assert_true(uh_glob_match("curl", "curl"));
	assert_false(uh_glob_match("curl", "curls"));
	assert_true(uh_glob_match("python3*", "python3.11"));
	assert_true(uh_glob_match("/opt/app*", "/opt/app/bin/server"));
	assert_true(uh_glob_match("*", ""));
	assert_true(uh_glob_match("", ""));
	assert_false(uh_glob_match("", "a"));
	assert_true(uh_glob_match("/usr/*bin/php-fpm[78].[0-9]", "/usr/sbin/php-fpm8.2"));
	assert_true(uh_glob_match("[[:alpha:]]*", "java"));
	assert_false(uh_glob_match("[![:alpha:]]*", "java"));
	assert_true(uh_glob_match("*.so", ".so"));
	assert_true(uh_glob_match("a\\*b", "a*b"));
	assert_false(uh_glob_match("a\\*b", "axb"));
	assert_true(uh_glob_match("[]x]", "]"));
	assert_true(uh_glob_match("[", "["));
}

/* True if the glob has a set that is not closed, or an unknown class: versions of glibc differ.
 */
static bool is_odd(const char *glob)
{
	const char *open = strchr(glob, '[');

	return open && (strstr(glob, "[:") || !strchr(open + 1 + strspn(open + 1, "!^]"), ']'));
}

/* Random globs of a few special characters, and random texts. */
static void test_as_fnmatch(void **state)
{
	static const char in_globs[] = "ab*?[]-!^\\:", in_texts[] = "ab[]-\\*";
	char glob[9], text[7];
	unsigned matched = 0;

	(void)state;
	srand(1);
	for (int i = 0; i < 300000; i++) {
		int globs = rand() % 8, texts = rand() % 6, j;
		bool expected;

		for (j = 0; j < globs; j++)
			glob[j] = in_globs[(size_t)rand() % (sizeof(in_globs) - 1)];
		glob[j] = '\0';
		for (j = 0; j < texts; j++)
			text[j] = in_texts[(size_t)rand() % (sizeof(in_texts) - 1)];
		text[j] = '\0';
		if (is_odd(glob))
			continue;
		expected = fnmatch(glob, text, 0) == 0;
		matched += expected;
		if (uh_glob_match(glob, text) != expected)
			fail_msg("\"%s\" on \"%s\": expected %d", glob, text, expected);
	}
	assert_true(matched > 1000);
}

static void test_classes(void **state)
{
	static const char *const name[] = {"alnum", "alpha", "blank", "cntrl",
					   "digit", "graph", "lower", "print",
					   "punct", "space", "upper", "xdigit"};
	char glob[32];

	(void)state;
	for (size_t i = 0; i < sizeof(name) / sizeof(*name); i++)
		for (int c = 1; c < 128; c++) {
			char text[2] = {(char)c, '\0'};

			strcat(strcat(strcpy(glob, "[[:"), name[i]), ":]]");
			if (uh_glob_match(glob, text) != (fnmatch(glob, text, 0) == 0))
				fail_msg("%s on %d", glob, c);
		}
}

/* Many stars must not take exponential time. */
static void test_many_stars(void **state)
{
	char text[4096];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_false(uh_glob_match("*a*a*a*a*a*a*a*a*a*a*a*a*b", text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_people_write),
	    cmocka_unit_test(test_as_fnmatch),
	    cmocka_unit_test(test_classes),
	    cmocka_unit_test(test_many_stars),
	};

	return cmocka_run_group_tests_name("glob_match", tests, NULL, NULL);
}

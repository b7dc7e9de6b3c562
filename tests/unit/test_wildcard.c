/* SPDX-License-Identifier: MIT */
/* test_wildcard.c: globs match what fnmatch(3) says in the C locale. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "wildcard.h"

static void test_programs(void **state)
{
	(void)state;
	assert_true(uh_wildcard_matches("curl", "curl"));
	assert_false(uh_wildcard_matches("curl", "curls"));
	assert_false(uh_wildcard_matches("curl", ""));
	assert_true(uh_wildcard_matches("python3*", "python3.11"));
	assert_true(uh_wildcard_matches("python3.[0-9]", "python3.9"));
	assert_false(uh_wildcard_matches("python3.[!0-9]", "python3.9"));
	assert_true(uh_wildcard_matches("python3.[[:digit:]]", "python3.9"));
	assert_true(uh_wildcard_matches("/opt/app*", "/opt/app/bin/.worker"));
	assert_true(uh_wildcard_matches("*/bin/*-worker", "/a/bin/b/bin/c-d-worker"));
	assert_false(uh_wildcard_matches("*/bin/*-worker", "/a/bin/b/bin/c-d-workers"));
	assert_true(uh_wildcard_matches("a\\*b", "a*b"));
	assert_false(uh_wildcard_matches("a\\*b", "axb"));
	assert_true(uh_wildcard_matches("", ""));
	assert_true(uh_wildcard_matches("**", ""));
}

static void test_classes(void **state)
{
	static const char *const classes[] = {"alnum", "alpha", "blank", "cntrl",
					      "digit", "graph", "lower", "print",
					      "punct", "space", "upper", "xdigit"};
	char glob[16] = "[[:", text[2] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
		strcpy(stpcpy(glob + 3, classes[i]), ":]]");
		for (int byte = 1; byte < 256; byte++) {
			text[0] = (char)byte;
			assert_int_equal(uh_wildcard_matches(glob, text),
					 fnmatch(glob, text, 0) == 0);
		}
	}
}

static void random_text(char *text, size_t most, const char *bytes)
{
	size_t length = (size_t)rand() % (most + 1);

	for (size_t i = 0; i < length; i++)
		text[i] = bytes[(size_t)rand() % strlen(bytes)];
	text[length] = '\0';
}

/* A list that ends in the middle of a range matches nothing there: such globs are left out. */
static bool ends_in_range(const char *glob)
{
	size_t length = strlen(glob);

	return length && (glob[length - 1] == '-' ||
			  (length > 1 && strcmp(glob + length - 2, "-\\") == 0));
}

static void test_as_fnmatch(void **state)
{
	(void)state;
	srand(1);
	for (int i = 0; i < 500000; i++) {
		char glob[12], text[8];

		random_text(glob, sizeof(glob) - 1, "ab*?[]!^-\\/:1");
		random_text(text, sizeof(text) - 1, "ab]-1[/!\\");
		if (!ends_in_range(glob) &&
		    uh_wildcard_matches(glob, text) != (fnmatch(glob, text, 0) == 0))
			fail_msg("\"%s\" on \"%s\"", glob, text);
	}
}

/* A star tries each place once: it doesn't take for ever. */
static void test_many_stars(void **state)
{
	char text[4096];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_false(uh_wildcard_matches("*a*a*a*a*a*a*a*a*a*a*a*a*b", text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_programs),
	    cmocka_unit_test(test_classes),
	    cmocka_unit_test(test_as_fnmatch),
	    cmocka_unit_test(test_many_stars),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* test_unit_file.c: reading unit files and their drop-ins. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "command/inspect/unit_search.h"

static char directory[] = "/tmp/unhairpin-unit.XXXXXX";

static const char *in_directory(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(in_directory(name), "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static int make(void **state)
{
	(void)state;
	return !mkdtemp(directory) || mkdir(in_directory("a.service.d"), 0700) != 0;
}

static int unmake(void **state)
{
	static const char *const name[] = {"a.service", "a.service.d/1.conf",
					   "a.service.d/2.conf", "a.service.d", ""};

	(void)state;
	for (size_t i = 0; i < sizeof(name) / sizeof(*name); i++)
		if (remove(in_directory(name[i])) != 0)
			return -1;
	return 0;
}

static void test_syntax(void **state)
{
	struct uh_unit unit = {0};
	size_t i = 0;

	(void)state;
	write_file("a.service", "User=outside\n[Unit]\nUser=unit\n[Service]\n"
				"# User=comment\n; User=comment\n User =  www-data \t\r\n"
				"Long=one \\\n# between\n  two \\\n   three\nno assignment\n"
				"List=a\nList=b\nList=\nList=c\nList=d\nPrivateTmp=On\n"
				"ProtectHome=no\n[Install]\nUser=install\n[Service]\nLast=x");
	assert_true(uh_unit_add(&unit, in_directory("a.service")));
	assert_string_equal(uh_unit_value(&unit, "User"), "www-data");
	assert_string_equal(uh_unit_value(&unit, "Long"), "one    two     three");
	assert_string_equal(uh_unit_next(&unit, "List", &i), "c");
	assert_string_equal(uh_unit_next(&unit, "List", &i), "d");
	assert_null(uh_unit_next(&unit, "List", &i));
	assert_true(uh_unit_is_true(&unit, "PrivateTmp"));
	assert_false(uh_unit_is_true(&unit, "ProtectHome"));
	assert_false(uh_unit_is_true(&unit, "Nothing"));
	assert_string_equal(uh_unit_value(&unit, "Last"), "x");
	uh_unit_free(&unit);
}

static void test_drop_ins(void **state)
{
	struct uh_unit unit = {0};

	(void)state;
	write_file("a.service", "[Service]\nUser=a\nEnvironment=A=1\n");
	write_file("a.service.d/2.conf", "[Service]\nUser=c\n");
	write_file("a.service.d/1.conf", "[Service]\nUser=b\nEnvironment=\n");
	assert_true(uh_unit_add(&unit, in_directory("a.service")));
	assert_string_equal(uh_unit_value(&unit, "User"), "c");
	assert_null(uh_unit_value(&unit, "Environment"));
	uh_unit_free(&unit);
}

static void test_missing(void **state)
{
	struct uh_unit unit = {0};

	(void)state;
	assert_false(uh_unit_add(&unit, in_directory("b.service")));
	assert_int_equal(errno, ENOENT);
	assert_false(uh_unit_find(&unit, "", "no-such-unit-anywhere.service"));
	assert_int_equal(errno, ENOENT);
	uh_unit_free(&unit);
}

static void test_words(void **state)
{
	static const char *const expected[] = {"A=b", "C=d e", "F=g\"h", "", "I=j k", "l"};
	const char *value = "A=b \"C=d e\"\tF=g\\\"h '' I='j k' long";
	char word[16];

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		assert_true(uh_unit_word(&value, word, sizeof(word)));
		assert_string_equal(word, expected[i]);
	}
	assert_true(uh_unit_word(&value, word, 2));
	assert_string_equal(word, expected[5]);
	assert_false(uh_unit_word(&value, word, sizeof(word)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_syntax),
	    cmocka_unit_test(test_drop_ins),
	    cmocka_unit_test(test_missing),
	    cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, make, unmake);
}

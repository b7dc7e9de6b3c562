/* SPDX-License-Identifier: MIT */
/* test_hostname.c: canonical names, and the names of routes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/hostname.h"
#include "base/host_port.h"

static const char label_63[] =
    "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0";

/* Makes a name of that many bytes, from three long labels and a shorter one. */
static char *name_of(size_t length, char *text)
{
	for (size_t i = 0; i < length; i++)
		text[i] = i % 50 == 49 ? '.' : 'a';
	text[length - 1] = 'z';
	text[length] = '\0';
	return text;
}

static void test_canonical(void **state)
{
	static const char *const good[][2] = {
	    {"api.example.com", "api.example.com"},
	    {"API.Example.COM", "api.example.com"},
	    {"api.example.com.", "api.example.com"},
	    {"localhost", "localhost"},
	    {"db", "db"},
	    {"my_service.internal", "my_service.internal"},
	    {"xn--bcher-kva.example", "xn--bcher-kva.example"},
	    {"3com.com", "3com.com"},
	    {"1.2.3.example", "1.2.3.example"},
	    {"0x7g", "0x7g"},
	    {"a-.-b", "a-.-b"},
	};
	char name[UH_NAME_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_true(uh_name_canonical(good[i][0], name));
		assert_string_equal(name, good[i][1]);
	}
	assert_true(uh_name_canonical(label_63, name));
}

static void test_no_names(void **state)
{
	static const char *const bad[] = {
	    "",
	    ".",
	    "..",
	    "....",
	    ".a",
	    "a..b",
	    "a..",
	    "a b",
	    " a",
	    "a\t",
	    "a\n.b",
	    "b\303\274cher.example",
	    "*.example.com",
	    "a*",
	    "a:80",
	    "a/b",
	    "::1",
	    "fe80::1%lo",
	    "127.0.0.1",
	    "127.0.0.1.",
	    "127.1",
	    "2130706433",
	    "0x7f000001",
	    "0x",
	    "017700000001",
	    "example.443",
	    "203.0.113.1x",
	    "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz01.com",
	};
	char name[UH_NAME_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (uh_name_canonical(bad[i], name))
			fail_msg("\"%s\" was taken", bad[i]);
}

/* 253 bytes and a final dot fit; 254 bytes and more do not. */
static void test_length(void **state)
{
	char text[1024], name[UH_NAME_MAX + 1], why[UH_WHY];

	(void)state;
	assert_true(uh_name_canonical(name_of(253, text), name));
	assert_string_equal(name, text);
	assert_true(uh_name_canonical(strcat(text, "."), name));
	assert_int_equal(strlen(name), 253);
	for (size_t length = 254; length < 1000; length += 97) {
		assert_false(uh_name_canonical(name_of(length, text), name));
		assert_false(uh_name_parse(text, name, why));
		assert_non_null(strstr(why, "expected at most 253"));
	}
}

static void test_wildcards(void **state)
{
	char name[UH_NAME_MAX + 1], why[UH_WHY];

	(void)state;
	assert_true(uh_name_parse("*.SVC.example.com.", name, why));
	assert_string_equal(name, "*.svc.example.com");
	assert_true(uh_name_is_wildcard(name));
	assert_int_equal(uh_name_labels(name), 3);
	assert_string_equal(uh_name_parent(name), "svc.example.com");
	assert_true(uh_name_parse("*.com", name, why));
	assert_int_equal(uh_name_labels(name), 1);
	assert_false(uh_name_parse("*.1", name, why));
	assert_int_equal(uh_name_labels("a.b.c"), 3);
	assert_int_equal(uh_name_labels("a"), 1);
	assert_null(uh_name_parent("a"));
}

/* Stand-ins are made from these keys, so the keys must be the same everywhere and always. */
static void test_key(void **state)
{
	static const unsigned char expected[16] = {0xa5, 0x8e, 0x75, 0x1d, 0xa2, 0x12,
						   0x24, 0xdd, 0x7b, 0x2f, 0xc1, 0xf5,
						   0x89, 0xa7, 0xf5, 0x76};
	struct uh_address key = uh_name_key("api.example.com", 15);
	struct uh_address other = uh_name_key("www.example.com", 15);

	(void)state;
	assert_memory_equal(key.byte, expected, 16);
	assert_memory_not_equal(key.byte, other.byte, 8);
	assert_memory_not_equal(key.byte + 8, other.byte + 8, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_canonical), cmocka_unit_test(test_no_names),
	    cmocka_unit_test(test_length),    cmocka_unit_test(test_wildcards),
	    cmocka_unit_test(test_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* test_json.c: JSON objects in one line, written; UTF-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "command/cli/json.h"
#include "command/cli/utf8.h"

static void test_strings(void **state)
{
	static const struct {
		const char *text, *json;
	} cases[] = {
	    {NULL, "null"},
	    {"", "\"\""},
	    {"a\"b\\c\n\x01", "\"a\\\"b\\\\c\\n\\u0001\""},
	    {"é€😀", "\"é€😀\""},
	    {"\xff\xc3\xe2\x82", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		json_t *string = uh_json_string(cases[i].text);
		char *output = json_dumps(string, JSON_ENCODE_ANY);

		assert_string_equal(output, cases[i].json);
		free(output);
		json_decref(string);
	}
}

static void test_printed(void **state)
{
	char *output = NULL;
	size_t size;
	FILE *out = open_memstream(&output, &size);

	(void)state;
	assert_non_null(out);
	assert_true(uh_json_print(out, json_pack("{s:o, s:o, s:o, s:o*}", "z",
						 uh_json_string("é\xff\n\x01"), "a",
						 uh_json_decimal(1234567.04), "n",
						 uh_json_string(NULL), "none", NULL)));
	assert_true(uh_json_print(out, json_pack("{s:o}", "large", uh_json_decimal(1e300))));
	assert_true(uh_json_print_finding(out, "error", "a b", 3, "\"wrong\""));
	assert_true(uh_json_print_finding(out, "ok", NULL, 0, ""));
	assert_false(uh_json_print(out, json_pack("{s:o}", "a", NULL)));
	assert_int_equal(fclose(out), 0);
	assert_string_equal(
	    output, "{\"z\":\"é\xef\xbf\xbd\\n\\u0001\",\"a\":1234567.0,\"n\":null}\n"
		    "{\"large\":1e300}\n"
		    "{\"severity\":\"error\",\"file\":\"a b\",\"line\":3,\"column\":null,"
		    "\"text\":\"\\\"wrong\\\"\"}\n"
		    "{\"severity\":\"ok\",\"file\":null,\"line\":null,\"column\":null,\"text\":"
		    "\"\"}\n");
	free(output);
}

/* Encodes a code point as RFC 3629 has it. */
static size_t encode(unsigned code, char *text)
{
	size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	text[length] = '\0';
	for (size_t i = length; i-- > 1; code >>= 6)
		text[i] = (char)(0x80 | (code & 0x3f));
	text[0] = (char)(length == 1 ? code : (0xf00 >> length) | code);
	return length;
}

static void test_every_character(void **state)
{
	(void)state;
	for (unsigned code = 1; code < 0x120000; code++) {
		char text[5];
		size_t length = encode(code, text);
		bool is_character = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);

		assert_int_equal(uh_utf8_length(text), is_character ? length : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_strings),
	    cmocka_unit_test(test_printed),
	    cmocka_unit_test(test_every_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

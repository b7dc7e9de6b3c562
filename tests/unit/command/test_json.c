/* SPDX-License-Identifier: MIT */
/* test_json.c: JSON objects in one line, read and written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "command/cli/json.h"
#include "command/cli/utf8.h"
#include "base/host_port.h"

/* What was read, as "name=text" or "name:number" or "name?", each with a blank behind it. */
static char told[4096];

static void tell(void *context, const char *name, const struct uh_json_value *value)
{
	size_t length = strlen(told);

	assert_ptr_equal(context, told);
	if (value->kind == UH_JSON_TEXT)
		snprintf(told + length, sizeof(told) - length, "%s=%s ", name, value->text);
	else if (value->kind == UH_JSON_NUMBER)
		snprintf(told + length, sizeof(told) - length, "%s:%g ", name, value->number);
	else
		snprintf(told + length, sizeof(told) - length, "%s? ", name);
}

/* On the heap, to its size: a sanitizer sees what is read behind it. */
static bool read_bytes(const char *text, size_t length, char *why)
{
	char *line = malloc(length + 1);

	assert_non_null(line);
	memcpy(line, text, length);
	line[length] = '\0';
	told[0] = why[0] = '\0';
	bool good = uh_json_object(line, length, tell, told, why);

	free(line);
	return good;
}

static void test_objects(void **state)
{
	static const struct {
		const char *line, *told;
	} cases[] = {
	    {"{}", ""},
	    {" { } \r", ""},
	    {"{\"a\":1}", "a:1 "},
	    {"{\"a\" : -1.5e2 , \"b\":\"x\"}", "a:-150 b=x "},
	    {"{\"a\":[],\"b\":{},\"c\":true,\"d\":null}", "a? b? c? d? "},
	    {"{\"a\":[1,[2,{\"x\":[\"y\"]}]],\"b\":\"\"}", "a? b= "},
	    {"{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", "a=\"\\/\b\f\n\r\t "},
	    {"{\"\\u0061\":\"\\u00e9 \\u20ac \\ud83d\\ude00\"}", "a=é € 😀 "},
	    {"{\"é\":\"日本\"}", "é=日本 "},
	};
	char why[UH_WHY];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (!read_bytes(cases[i].line, strlen(cases[i].line), why))
			fail_msg("%s: %s", cases[i].line, why);
		assert_string_equal(told, cases[i].told);
	}
}

static void test_faults(void **state)
{
	static const struct {
		const char *line, *why;
	} cases[] = {
	    {"", "no JSON object at byte 1"},
	    {"x", "no JSON object at byte 1"},
	    {"{\"a\":1} x", "more than one object at byte 9"},
	    {"{\"a\":1", "expected , or } at byte 7"},
	    {"{\"a\":1,}", "expected a name in quotes at byte 8"},
	    {"{a:1}", "expected a name in quotes at byte 2"},
	    {"{\"a\"1}", "expected : at byte 5"},
	    {"{\"a\":}", "no value at byte 6"},
	    {"{\"a\":+1}", "no value at byte 6"},
	    {"{\"a\":0x10}", "no value at byte 6"},
	    {"{\"a\":inf}", "no value at byte 6"},
	    {"{\"a\":[1}", "expected , or ] at byte 8"},
	    {"{\"a", "text without an end at byte 4"},
	    {"{\"a\\", "bad escape at byte 5"},
	    {"{\"a\\x\":1}", "bad escape at byte 5"},
	    {"{\"a\":\"\\u0000\"}", "bad \\u escape at byte 8"},
	    {"{\"a\":\"\\u12\"}", "bad \\u escape at byte 8"},
	    {"{\"a\":\"\\udc00\"}", "bad \\u escape at byte 8"},
	    {"{\"a\":\"\\ud800\"}", "half a surrogate pair at byte 13"},
	    {"{\"a\":\"\\ud800\\u0041\"}", "half a surrogate pair at byte 13"},
	    {"{\"a\":\"\xff\"}", "no character of a text at byte 7"},
	    {"{\"a\":\"\xc0\x80\"}", "no character of a text at byte 7"},
	    {"{\"a\":\"\t\"}", "no character of a text at byte 7"},
	};
	char why[UH_WHY];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_false(read_bytes(cases[i].line, strlen(cases[i].line), why));
		assert_string_equal(why, cases[i].why);
	}
	assert_false(read_bytes("{\"a\":1}\0x", 9, why));
	assert_false(read_bytes("{\"a\0\":1}", 8, why));
}

static void test_depth(void **state)
{
	char line[256] = "{\"a\":", why[UH_WHY];

	(void)state;
	memset(line + 5, '[', 100);
	assert_false(read_bytes(line, strlen(line), why));
	assert_non_null(strstr(why, "more than 32 levels"));
}

/* Each beginning of a good line is a bad one, and reads nothing behind its end. */
static void test_cut_lines(void **state)
{
	static const char line[] =
	    "{\"a\":\"\\u20ac\\ud83d\\ude00é\",\"b\":[1,{\"c\":true}],\"d\":-1.5e3}";
	char why[UH_WHY];

	(void)state;
	for (size_t length = 0; length < sizeof(line) - 1; length++)
		assert_false(read_bytes(line, length, why));
	assert_true(read_bytes(line, sizeof(line) - 1, why));
}

static char *written(const char *text)
{
	char *output = NULL;
	size_t size;
	FILE *out = open_memstream(&output, &size);

	assert_non_null(out);
	uh_json_text(out, text);
	assert_int_equal(fclose(out), 0);
	return output;
}

static void test_written(void **state)
{
	static const struct {
		const char *text, *json;
	} cases[] = {
	    {NULL, "null"},
	    {"", "\"\""},
	    {"a\"b\\c\n\x01\x7f", "\"a\\\"b\\\\c\\n\\u0001\\u007f\""},
	    {"é€😀", "\"é€😀\""},
	    {"\xff\xc3\xe2\x82", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *output = written(cases[i].text);

		assert_string_equal(output, cases[i].json);
		free(output);
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
	assert_true(uh_json_print_finding(out, "error", "a b", 3, "\"wrong\""));
	assert_true(uh_json_print_finding(out, "ok", NULL, 0, ""));
	assert_false(uh_json_print(out, json_pack("{s:o}", "a", NULL)));
	assert_int_equal(fclose(out), 0);
	assert_string_equal(
	    output, "{\"z\":\"é\xef\xbf\xbd\\n\\u0001\",\"a\":1234567.0,\"n\":null}\n"
		    "{\"severity\":\"error\",\"file\":\"a b\",\"line\":3,"
		    "\"text\":\"\\\"wrong\\\"\"}\n"
		    "{\"severity\":\"ok\",\"file\":null,\"line\":null,\"text\":\"\"}\n");
	free(output);
}

/* All code points there are: what is written is well-formed, and as long as it says. */
static void test_every_character(void **state)
{
	(void)state;
	for (unsigned code = 1; code <= 0x10ffff; code++) {
		char text[5];
		size_t length = uh_utf8_write(code, text);
		bool surrogate = code >= 0xd800 && code <= 0xdfff;

		assert_int_equal(strlen(text), length);
		assert_int_equal(uh_utf8_length(text), surrogate ? 0 : length);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_objects),	    cmocka_unit_test(test_faults),
	    cmocka_unit_test(test_depth),	    cmocka_unit_test(test_cut_lines),
	    cmocka_unit_test(test_written),	    cmocka_unit_test(test_printed),
	    cmocka_unit_test(test_every_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

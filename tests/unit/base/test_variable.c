/* SPDX-License-Identifier: MIT */
/* test_variable.c: the values of our environment variables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/log_level.h"
#include "base/variable.h"

static void test_span(void **state)
{
	static const char *const values[][2] = {
	    {"off", "off"},
	    {"", ""},
	    {" \t\r\n\v\f", ""},
	    {" off ", "off"},
	    {"off\r\n", "off"},
	    {"\"off\"", "off"},
	    {"'off'", "off"},
	    {" \" off \" ", "off"},
	    {"\"\"", ""},
	    {"\"", "\""},
	    {"'", "'"},
	    {"\"off", "\"off"},
	    {"off\"", "off\""},
	    {"\"off'", "\"off'"},
	    {"\"'off'\"", "'off'"},
	    {"a b", "a b"},
	    {"a=unix:/x\\ ", "a=unix:/x\\ "},
	    {"\"a=unix:/x\\ \"", "a=unix:/x\\ "},
	    {"a=unix:/x\\  ", "a=unix:/x\\ "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		const char *text = values[i][0];
		size_t length = uh_value_span(&text);

		assert_true(text >= values[i][0]);
		assert_true(text + length <= values[i][0] + strlen(values[i][0]));
		assert_int_equal(length, strlen(values[i][1]));
		assert_memory_equal(text, values[i][1], length);
	}
}

static void test_clean(void **state)
{
	static const char *const variables[][2] = {
	    {"UNHAIRPIN=\"off\"", "UNHAIRPIN=off"},
	    {"UNHAIRPIN_CONF= /x\r", "UNHAIRPIN_CONF=/x"},
	    {"UNHAIRPIN_ROUTES='a=b c=d'", "UNHAIRPIN_ROUTES=a=b c=d"},
	    {"UNHAIRPIN_LOG=\"debug:stderr\"", "UNHAIRPIN_LOG=debug:stderr"},
	    {"UNHAIRPIN_COMPILED='/x'", "UNHAIRPIN_COMPILED=/x"},
	    {"UNHAIRPIN_STATS='/x'", "UNHAIRPIN_STATS=/x"},
	    {"UNHAIRPIN_TRACE='@x:y'", "UNHAIRPIN_TRACE=@x:y"},
	    {"UNHAIRPIN_OTHER='x'", "UNHAIRPIN_OTHER='x'"},
	    {"UNHAIRPI='x'", "UNHAIRPI='x'"},
	    {"UNHAIRPIN", "UNHAIRPIN"},
	    {"PATH='x'", "PATH='x'"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++) {
		char text[64];

		strcpy(text, variables[i][0]);
		uh_variable_clean(text);
		assert_string_equal(text, variables[i][1]);
	}
}

static void test_expected(void **state)
{
	static const char *const sound[][2] = {
	    {"UNHAIRPIN", ""},
	    {"UNHAIRPIN", "off"},
	    {"UNHAIRPIN", "on"},
	    {"UNHAIRPIN_LOG", "off"},
	    {"UNHAIRPIN_LOG", "debug"},
	    {"UNHAIRPIN_LOG", "info:journal"},
	    {"UNHAIRPIN_LOG", "info:stderr"},
	    {"UNHAIRPIN_LOG", "error:/a:b"},
	    {"UNHAIRPIN_STATS", "/x"},
	    {"UNHAIRPIN_STATS", "off"},
	    {"UNHAIRPIN_ROUTES", "nonsense"},
	};
	static const char *const wrong[][2] = {
	    {"UNHAIRPIN", "Off"},	  {"UNHAIRPIN", "0"},
	    {"UNHAIRPIN", "\"off"},	  {"UNHAIRPIN_LOG", ""},
	    {"UNHAIRPIN_LOG", "loud"},	  {"UNHAIRPIN_LOG", "Debug"},
	    {"UNHAIRPIN_LOG", "debug:"},  {"UNHAIRPIN_LOG", "debug:there"},
	    {"UNHAIRPIN_LOG", ":stderr"}, {"UNHAIRPIN_LOG", "debug:file:/x"},
	    {"UNHAIRPIN_STATS", "x"},	  {"UNHAIRPIN_STATS", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(sound) / sizeof(*sound); i++)
		assert_null(uh_value_expected(sound[i][0], sound[i][1]));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_non_null(uh_value_expected(wrong[i][0], wrong[i][1]));
}

/* The level may be right and the place wrong, and the other way round. */
static void test_log(void **state)
{
	const char *place;
	int level;

	(void)state;
	assert_true(uh_log_value_parse("debug", &level, &place));
	assert_int_equal(level, UH_LOG_DEBUG);
	assert_null(place);
	assert_true(uh_log_value_parse("error:/x:y", &level, &place));
	assert_int_equal(level, UH_LOG_ERROR);
	assert_string_equal(place, "/x:y");
	assert_false(uh_log_value_parse("loud:stderr", &level, &place));
	assert_int_equal(level, -1);
	assert_string_equal(place, "stderr");
	assert_false(uh_log_value_parse("debug:there", &level, &place));
	assert_int_equal(level, UH_LOG_DEBUG);
	assert_null(place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_span),
	    cmocka_unit_test(test_clean),
	    cmocka_unit_test(test_expected),
	    cmocka_unit_test(test_log),
	};

	return cmocka_run_group_tests_name("variable", tests, NULL, NULL);
}

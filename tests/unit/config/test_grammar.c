/* SPDX-License-Identifier: MIT */
/*
 * test_grammar.c: what the grammar reports, at which line, and what it leaves for libconfuse.
 */
#include "faults.h"

#include "config/config.h"
#include "config/grammar.h"

static struct faults faults;

struct example {
	const char *text;   /* the configuration */
	const char *faults; /* the whole report */
	const char *rest;   /* libconfuse's text without the blanks between tokens */
};

/* Removes the blanks from libconfuse's text, but not the line breaks. */
static void squeeze(const char *text, size_t length, char *out)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] != ' ')
			*out++ = text[i];
	*out = '\0';
}

static void scan(const char *text, size_t size, struct uh_scan *result)
{
	struct uh_parse_request request = {.report = {faults_add, &faults}};
	struct uh_config config = {.file = "f"};

	faults_begin(&faults, NULL);
	uh_faults_begin(&config, &request);
	uh_scan(&config, text, size, result);
	assert_int_equal(config.failure, 0);
}

static void check(const struct example *example, size_t count)
{
	char rest[4096];

	for (size_t i = 0; i < count; i++) {
		struct uh_scan result;

		scan(example[i].text, strlen(example[i].text), &result);
		assert_string_equal(faults.text, example[i].faults);
		squeeze(result.text, result.length, rest);
		assert_string_equal(rest, example[i].rest);
		uh_scan_free(&result);
	}
}

#define CHECK(examples) check(examples, sizeof(examples) / sizeof(*(examples)))

static void test_sound_text_is_kept_on_its_lines(void **state)
{
	static const struct example examples[] = {
	    {"", "", ""},
	    {" \t\r\n\n# c\n// c\n/* c\n*/", "", ""},
	    {"\xef\xbb\xbflog = off", "", "log=off"},
	    {"log=off\r\nlog_to\r\n=\r\n'x'", "", "log=off\nlog_to\n=\n'x'"},
	    {"/* a\nb */ log = off # c", "", "\nlog=off"},
	    {"route r {\n to = { # one\n \"a\", /* two\n */ 'b', }\n}", "",
	     "router{\nto={\n\"a\",\n'b',}\n}"},
	    {"include(\"/a\", '/b')", "", "include(\"/a\",'/b')"},
	    {"route a{to+=b to+={c}}", "", "routea{to+=bto+={c}}"},
	    {"log = \"a\\\nb\"\nlog_to = x", "", "log=\"a\\\nb\"\nlog_to=x"},
	    {"log_to = '${HOME}'", "", "log_to='${HOME}'"},
	    {"log_to = \"\\${HOME} \\x01 \\010\"", "", "log_to=\"\\${HOME}\\x01\\010\""},
	    {"log_to = a/b/c", "", "log_to=a/b/c"},
	    {"log_to = '#{}\"'", "", "log_to='#{}\"'"},
	};

	(void)state;
	CHECK(examples);
}

static void test_characters_that_would_vanish(void **state)
{
	static const struct example examples[] = {
	    {"log = a\nlog_to = a*b", "f:2: a*b without quotes; expected \"a*b\"\n", "log=a"},
	    {"log_to = a+b\nlog = a", "f:1: a+b without quotes; expected \"a+b\"\n", "\nlog=a"},
	    {"log_to = http://x", "f:1: http://x without quotes; expected \"http://x\"\n", ""},
	    {"route r { programs = /bin/* }",
	     "f:1: /bin/* without quotes; expected \"/bin/*\"\n", "router{}"},
	    {"route * { }\nlog = a", "f:1: * without quotes; expected \"*\"\n", "\nlog=a"},
	};

	(void)state;
	CHECK(examples);
}

#define VARIABLE                                                                               \
	"environment variables are not expanded; expected plain text, "                        \
	"or single quotes around \"${\"\n"

static void test_variables_and_nul(void **state)
{
	static const struct example examples[] = {
	    {"\nlog_to = \"/${X}/${Y}\"\nlog = a", "f:2: " VARIABLE, "\n\nlog=a"},
	    {"log_to = ${X:-/y}\nlog = a", "f:1: " VARIABLE, "\nlog=a"},
	    {"log_to = a${X\nlog = a", "f:1: " VARIABLE, "\nlog=a"},
	    {"log_to = \"${X\"", "f:1: " VARIABLE, ""},
	    {"log_to = \"a\\\n${X}\"", "f:2: " VARIABLE, ""},
	    {"log_to = \"a\\0\"", "f:1: NUL byte in a text; expected a text without one\n", ""},
	    {"log_to = \"\\x00\"", "f:1: NUL byte in a text; expected a text without one\n",
	     ""},
	    {"log_to = \"\\x0g\"", "f:1: NUL byte in a text; expected a text without one\n",
	     ""},
	    {"log_to = \"\\000\"", "f:1: NUL byte in a text; expected a text without one\n",
	     ""},
	};

	(void)state;
	CHECK(examples);
}

static void test_what_is_never_closed(void **state)
{
	static const struct example examples[] = {
	    {"log = a\nlog_to = \"x\nroute y {}", "f:2: text is never closed; expected \"\n",
	     "log=a"},
	    {"log = a\nlog_to = 'x", "f:2: text is never closed; expected '\n", "log=a"},
	    {"log_to = \"x\\", "f:1: text is never closed; expected \"\n", ""},
	    {"log = a\n/* x\n\n", "f:2: comment is never closed; expected \"*/\"\n", "log=a"},
	    {"log = a\nroute x\n{\nto = y\n\n", "f:3: \"{\" is never closed; expected \"}\"\n",
	     "log=a"},
	    {"route x {\nto = {a,\n", "f:3: unexpected end of the file; expected a value\n",
	     ""},
	    {"log = a\n}\nlog_to = b", "f:2: unexpected \"}\"; expected an option\n", "log=a"},
	};

	(void)state;
	CHECK(examples);
}

#define OUTSIDE                                                                                \
	"include, log, log_to, log_limit, stats, backlog_wait, backlog_wait_nonblocking, "     \
	"retry_after, "                                                                        \
	"retry_limit, stand_in_ipv4, stand_in_ipv6, compile_limit, write_cache, public, "      \
	"route\n"
#define INSIDE                                                                                 \
	"to, protocol, on_failure, programs, users, peer_user, proxy_protocol, "               \
	"enabled, override\n"

static void test_unknown_options(void **state)
{
	static const struct example examples[] = {
	    {"\nlogg = a\nlog = b\nx += {c}",
	     "f:2: unknown option \"logg\" (did you mean \"log\"?); expected one of " OUTSIDE
	     "f:4: unknown option \"x\"; expected one of " OUTSIDE,
	     "\n\nlog=b"},
	    {"route r {\n too = b\n to = c\n peer_users = d }",
	     "f:2: unknown option \"too\" (did you mean \"to\"?); expected one of " INSIDE
	     "f:4: unknown option \"peer_users\" (did you mean \"peer_user\"?); expected one "
	     "of " INSIDE,
	     "router{\n\nto=c\n}"},
	    {"f(a, b) log = c", "f:1: unknown option \"f\"; expected one of " OUTSIDE, "log=c"},
	    {"s { t { u = v } w(x) } log = c",
	     "f:1: unknown option \"s\"; expected one of " OUTSIDE, "log=c"},
	    {"s t { } log = c", "f:1: unknown option \"s\"; expected one of " OUTSIDE, "log=c"},
	    {"route a { to = b\nroute c { }\n}",
	     "f:2: unknown option \"route\"; expected one of " INSIDE, "routea{to=b\n\n}"},
	    {"to = a", "f:1: unknown option \"to\"; expected one of " OUTSIDE, ""},
	    {"route|to = a", "f:1: unknown option \"route|to\"; expected one of " OUTSIDE, ""},
	};

	(void)state;
	CHECK(examples);
}

static void test_syntax(void **state)
{
	static const struct example examples[] = {
	    {"log a", "f:1: unexpected \"a\"; expected \"=\"\n", ""},
	    {"log = \nroute a {}", "f:2: unknown option \"a\"; expected one of " OUTSIDE,
	     "log=\nroute"},
	    {"log = ,", "f:1: unexpected \",\"; expected a value\n", ""},
	    {"log = {a}", "f:1: \"log\" takes one value; expected log = \"VALUE\"\n", ""},
	    {"log += a log_to = b", "f:1: \"log\" takes one value; expected log = \"VALUE\"\n",
	     "log_to=b"},
	    {"'log' = a", "f:1: unexpected 'log'; expected an option\n", ""},
	    {"route { }",
	     "f:1: unexpected \"{\"; expected a destination: route \"DESTINATION\" { … }\n",
	     ""},
	    {"route a\nlog = b", "f:2: unexpected \"log\"; expected \"{\"\n", ""},
	    {"include \"/a\"", "f:1: unexpected \"/a\"; expected \"(\"\n", ""},
	    {"include(\"/a\" \"/b\")", "f:1: unexpected \"/b\"; expected \",\" or \")\"\n", ""},
	    {"route a { to = {b c} }", "f:1: unexpected \"c\"; expected \",\" or \"}\"\n", ""},
	    {"x",
	     "f:1: unknown option \"x\"; expected one of " OUTSIDE
	     "f:1: unexpected end of the file; expected a value\n",
	     ""},
	};

	(void)state;
	CHECK(examples);
}

static void test_options_twice(void **state)
{
	static const struct example examples[] = {
	    {"route a {\nto = b\n\nto = c\nto += d\n}",
	     "f:4: \"to\" is given twice, also on line 2; expected once\n",
	     "routea{\nto=b\n\n\nto+=d\n}"},
	    {"route a { to = b } route c { to = d }", "", "routea{to=b}routec{to=d}"},
	};

	(void)state;
	CHECK(examples);
}

static void test_binary(void **state)
{
	struct uh_scan result;

	(void)state;
	scan("log = a\n\nx\0y", 12, &result);
	assert_string_equal(faults.text, "f:3: binary data (byte 0x00); expected text\n");
	assert_int_equal(result.length, 0);
	uh_scan_free(&result);
	scan("\x7f"
	     "ELF",
	     4, &result);
	assert_string_equal(faults.text, "f:1: binary data (byte 0x7f); expected text\n");
	uh_scan_free(&result);
}

static void test_routes_know_their_lines(void **state)
{
	static const char text[] = "route a { to = b }\n/* c */\n\nroute\n 'd'\n{ x = y\n}\n"
				   "route \"${e}\" { }\nroute f { }\n";
	struct uh_scan result;

	(void)state;
	scan(text, strlen(text), &result);
	assert_int_equal(result.routes, 3);
	assert_int_equal(result.route[0].line, 1);
	assert_false(result.route[0].faulty);
	assert_int_equal(result.route[1].line, 5);
	assert_true(result.route[1].faulty);
	assert_int_equal(result.route[2].line, 9);
	assert_false(result.route[2].faulty);
	uh_scan_free(&result);
}

static void test_blank(void **state)
{
	struct uh_scan result;

	(void)state;
	scan(" # x\n", 5, &result);
	assert_true(result.blank);
	uh_scan_free(&result);
	scan("x", 1, &result);
	assert_false(result.blank);
	uh_scan_free(&result);
}

/*
 * Deep nesting must not exhaust the stack, and a long word must not reach libconfuse's slow
 * buffers.
 */
static void test_excess(void **state)
{
	static char deep[1 << 20];
	struct uh_scan result;

	(void)state;
	for (size_t i = 0; i < sizeof(deep); i++)
		deep[i] = i % 2 ? '{' : 'x';
	scan(deep, sizeof(deep), &result);
	assert_non_null(strstr(faults.text, "expected at most 8 nested sections"));
	uh_scan_free(&result);
	memset(deep, 'x', sizeof(deep));
	memcpy(deep, "log = ", 6);
	scan(deep, sizeof(deep), &result);
	assert_string_equal(faults.text, "f:1: text of 1048570 bytes; expected at most 4096\n");
	uh_scan_free(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sound_text_is_kept_on_its_lines),
	    cmocka_unit_test(test_characters_that_would_vanish),
	    cmocka_unit_test(test_variables_and_nul),
	    cmocka_unit_test(test_what_is_never_closed),
	    cmocka_unit_test(test_unknown_options),
	    cmocka_unit_test(test_syntax),
	    cmocka_unit_test(test_options_twice),
	    cmocka_unit_test(test_binary),
	    cmocka_unit_test(test_routes_know_their_lines),
	    cmocka_unit_test(test_blank),
	    cmocka_unit_test(test_excess),
	};

	return cmocka_run_group_tests_name("scan", tests, NULL, NULL);
}

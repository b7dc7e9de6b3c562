/* SPDX-License-Identifier: MIT */
/* test_read_trace.c: traces read from JSON lines, and grouped by destination. */
#include "confdir.h"

#include "command/suggest/hairpin/hairpin.h"
#include "command/trace/connections/latency.h"
#include "command/trace/connections/read_trace.h"
#include "command/cli/utf8.h"
#include "command/suggest/hairpin/destinations.h"

#define HEADER                                                                                 \
	"{\"unhairpin_trace\":1,\"version\":\"0.1.0\",\"host\":\"h\",\"command\":[\"a\"]}\n"
#define LINE(address, more)                                                                    \
	"{\"time\":1.5,\"pid\":7,\"program\":\"/usr/bin/curl\",\"user\":33,"                   \
	"\"address\":\"" address "\",\"port\":443,\"protocol\":\"tcp\"" more "}\n"
#define OK(time) ",\"microseconds\":" time ",\"result\":\"ok\""

static struct uh_trace trace;

/* Reads text as a trace, and asserts the numbers of its connections and faults. */
static void assert_trace(const char *text, size_t connections, unsigned bad)
{
	FILE *file = create("trace");

	uh_trace_free(&trace);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
	assert_true(uh_trace_read(&trace, path_of("trace")));
	assert_int_equal(trace.count, connections);
	assert_int_equal(trace.faults, bad);
}

static void test_a_connection(void **state)
{
	const struct uh_connection *it;
	char text[UH_ENDPOINT_TEXT];

	(void)state;
	assert_trace(HEADER LINE("203.0.113.1",
				 OK("812.5") ",\"name\":\"api.example.com\","
					     "\"route\":\"r\",\"place\":\"/c:3\","
					     "\"target\":\"unix:/s\",\"new\":[1,{}]"),
		     1, 0);
	it = trace.connection;
	assert_string_equal(trace.host, "h");
	assert_string_equal(uh_endpoint_format(&it->to, text), "203.0.113.1:443");
	assert_string_equal(it->program, "/usr/bin/curl");
	assert_string_equal(it->name, "api.example.com");
	assert_string_equal(it->route, "r");
	assert_string_equal(it->place, "/c:3");
	assert_string_equal(it->target, "unix:/s");
	assert_int_equal(it->error, 0);
	assert_true(it->time == 1.5 && it->microseconds == 812.5);
	assert_int_equal(it->process, 7);
	assert_int_equal(it->user, 33);
	assert_int_equal(uh_connection_protocol(it), UH_TCP);
}

static void test_datagrams(void **state)
{
	(void)state;
	assert_trace(HEADER LINE("203.0.113.1", ",\"datagrams\":5000000000,\"result\":\"ok\"")
			 LINE("203.0.113.1", ",\"result\":\"ok\"")
			     LINE("203.0.113.1", ",\"datagrams\":-1,\"result\":\"ok\"")
				 LINE("203.0.113.1", ",\"datagrams\":\"1\",\"result\":\"ok\""),
		     2, 2);
	assert_true(trace.connection[0].datagrams == 5000000000);
	assert_true(trace.connection[0].microseconds < 0);
	assert_true(trace.connection[1].datagrams == 0);
}

static void test_what_may_be_missing(void **state)
{
	(void)state;
	assert_trace(HEADER "{\"address\":\"::1\",\"port\":0,\"result\":\"EPERM\"}\n\n", 1, 0);
	assert_null(trace.connection->program);
	assert_int_equal(trace.connection->error, EPERM);
	assert_int_equal(uh_connection_protocol(trace.connection), UH_TCP);
	assert_true(trace.connection->microseconds < 0);
	assert_null(trace.connection->name);
	/* A member of a later version may hold a number that no integer type of C has. */
	assert_trace(HEADER LINE("::1", OK("1") ",\"new\":123456789012345678901234567890"), 1,
		     0);
	/* Several traces in one file, and one without an end of line. */
	assert_trace(HEADER LINE("::1", OK("1")) HEADER
		     "{\"address\":\"::1\",\"port\":1,\"result\":\"ok\"}",
		     2, 0);
}

static void test_lines_that_cannot_be_read(void **state)
{
	(void)state;
	assert_trace("", 0, 1);
	assert_trace("\n\n", 0, 1);
	assert_trace("GET / HTTP/1.1\n" HEADER, 0, 1);
	assert_trace(LINE("::1", OK("1")), 0, 1);
	assert_trace("{\"unhairpin_trace\":2}\n" LINE("::1", OK("1")), 0, 1);
	assert_trace("{\"unhairpin_trace\":\"1\"}\n", 0, 1);
	assert_trace(HEADER "{\"unhairpin_trace\":2}\n" LINE("::1", OK("1")), 0, 1);
	assert_trace(HEADER LINE("::1", OK("1")) "{\"address\":\"::1\",\"po", 1, 1);
	assert_trace(HEADER "{}\n[]\nx\n" LINE("::1", OK("1")), 1, 3);
	assert_trace(HEADER LINE("nowhere", OK("1")) LINE("::1", "") LINE("::1", OK("\"1\"")),
		     0, 3);
	assert_trace(HEADER
		     "{\"address\":\"::1\",\"port\":65536,\"result\":\"ok\"}\n"
		     "{\"address\":\"::1\",\"port\":1,\"result\":\"ok\",\"pid\":-1}\n"
		     "{\"address\":\"::1\",\"port\":1,\"result\":\"ok\",\"protocol\":\"132\"}",
		     1, 2);
}

/* A line that is not valid JSON is a fault, and the next line is read. */
static void test_lines_that_are_not_json(void **state)
{
	char text[4096] = HEADER "{\"address\":";

	(void)state;
	assert_trace(HEADER LINE("::1", OK("1") ",\"name\":\"\xff\"") LINE("::1", OK("1")), 1,
		     1);
	assert_trace(HEADER LINE("::1", OK("1") ",\"name\":\"\\u0000\""), 0, 1);
	assert_trace(HEADER LINE("::1", OK("1") ",\"name\":\"\\ud800\""), 0, 1);
	assert_trace(HEADER LINE("::1", OK("1") ",\"name\":\"\\ud83d\\ude00\""), 1, 0);
	assert_string_equal(trace.connection->name, "😀");
	assert_trace(HEADER LINE("::1", OK("1")) "{} x\n{\"a\":01}\n{\"a\":inf}\n{'a':1}\n", 1,
		     4);
	memset(text + strlen(text), '[', 3500);
	assert_trace(text, 0, 1);
}

static void test_a_line_without_an_end(void **state)
{
	static char text[200000] = HEADER;

	(void)state;
	memset(text + strlen(text), ' ', sizeof(text) - strlen(text) - 1);
	assert_trace(text, 0, 1);
}

static void test_times(void **state)
{
	struct uh_groups groups;
	struct uh_times times;

	(void)state;
	assert_trace(HEADER LINE("::1", OK("5")) LINE("::1", OK("1")) LINE("::1", OK("3"))
			 LINE("::1", OK("2"))
			     LINE("::1", ",\"microseconds\":9,\"result\":\"EINPROGRESS\"")
				 LINE("::1", ",\"microseconds\":900,\"result\":\"ETIMEDOUT\"")
				     LINE("::1", ",\"result\":\"ok\"")
					 LINE("::1", ",\"result\":\"unknown\"")
					     LINE("::1", ",\"result\":\"failed\""),
		     9, 0);
	assert_true(uh_group(&trace, UH_BY_WAY, &groups));
	assert_int_equal(groups.count, 1);
	assert_true(uh_times_measure(&groups.group[0], UH_TIMED_CONNECTED, &times));
	assert_int_equal(times.count, 9);
	assert_int_equal(times.failed, 2);
	assert_int_equal(times.failure[0].error, ETIMEDOUT);
	assert_int_equal(times.failure[1].error, UH_TRACE_FAILED);
	assert_int_equal(times.unknown, 2);
	assert_int_equal(times.timed, 4);
	assert_true(times.median == 2.5 && times.p99 == 5);
	uh_groups_free(&groups);
}

static void test_destinations(void **state)
{
	struct uh_groups list;

	(void)state;
	assert_trace(HEADER LINE("203.0.113.1", OK("1")) LINE("203.0.113.2", OK("1"))
			 LINE("203.0.113.3", OK("1") ",\"route\":\"r\"")
			     LINE("::ffff:203.0.113.2", OK("1") ",\"name\":\"b\"")
				 LINE("203.0.113.2", OK("1") ",\"name\":\"a\""),
		     5, 0);
	assert_true(uh_trace_destinations(&trace, &list));
	assert_int_equal(list.count, 2);
	assert_int_equal(list.group[0].count, 3);
	assert_null(list.group[0].connection[0]->name);
	assert_string_equal(list.group[0].connection[1]->name, "a");
	assert_string_equal(list.group[0].connection[2]->name, "b");
	assert_int_equal(list.group[1].count, 1);
	uh_groups_free(&list);
	assert_trace(HEADER, 0, 0);
	assert_true(uh_trace_destinations(&trace, &list));
	assert_int_equal(list.count, 0);
	uh_groups_free(&list);
}

/* Texts from a trace must neither end the line of a comment nor control a terminal. */
static void test_clean(void **state)
{
	char *output = NULL;
	size_t length;
	FILE *out = open_memstream(&output, &length);

	(void)state;
	uh_write_clean(out, "a\nb\x1b[1m\x7f é \xc2\x9b \xc2");
	assert_int_equal(fclose(out), 0);
	assert_string_equal(output, "a\\x0ab\\x1b[1m\\x7f é \\xc2\\x9b \\xc2");
	free(output);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_DIR(test_a_connection),
	    IN_DIR(test_datagrams),
	    IN_DIR(test_what_may_be_missing),
	    IN_DIR(test_lines_that_cannot_be_read),
	    IN_DIR(test_lines_that_are_not_json),
	    IN_DIR(test_a_line_without_an_end),
	    IN_DIR(test_times),
	    IN_DIR(test_destinations),
	    cmocka_unit_test(test_clean),
	};
	int status = cmocka_run_group_tests(tests, NULL, NULL);

	uh_trace_free(&trace);
	return status;
}

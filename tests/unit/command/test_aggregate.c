/* SPDX-License-Identifier: MIT */
/* test_aggregate.c: what becomes of the connections of a trace: sums, tables, JSON and CSV. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "command/cli/columns.h"
#include "command/cli/median.h"
#include "command/cli/quote.h"
#include "command/trace/aggregate.h"
#include "command/trace/print_trace.h"
#include "names/heard_names.h"

/* What a function writes, until the next call. */
static char *written;
static size_t written_size;
static FILE *out;

static FILE *begin(void)
{
	free(written);
	written = NULL;
	out = open_memstream(&written, &written_size);
	assert_non_null(out);
	return out;
}

static const char *end(void)
{
	assert_int_equal(fclose(out), 0);
	return written;
}

static void test_quantiles(void **state)
{
	double values[200];

	(void)state;
	for (int i = 0; i < 200; i++)
		values[i] = i + 1;
	assert_true(uh_median(values, 1) == 1);
	assert_true(uh_median(values, 2) == 1.5);
	assert_true(uh_median(values, 3) == 2);
	assert_true(uh_median(values, 200) == 100.5);
	assert_true(uh_p99(values, 1) == 1);
	assert_true(uh_p99(values, 99) == 99);
	assert_true(uh_p99(values, 100) == 99);
	assert_true(uh_p99(values, 101) == 100);
	assert_true(uh_p99(values, 200) == 198);
}

#define BAD "\xef\xbf\xbd"

static void test_csv(void **state)
{
	(void)state;
	uh_put_csv(begin(), "plain text'");
	assert_string_equal(end(), "plain text'");
	uh_put_csv(begin(), "a,b");
	assert_string_equal(end(), "\"a,b\"");
	uh_put_csv(begin(), "say \"x\"\r\n");
	assert_string_equal(end(), "\"say \"\"x\"\"\r\n\"");
	uh_put_csv(begin(), "");
	assert_string_equal(end(), "");
}

static void test_label(void **state)
{
	(void)state;
	uh_put_label(begin(), "a\\b\"c\nd\te\xff");
	assert_string_equal(end(), "\"a\\\\b\\\"c\\nd\te" BAD "\"");
}

static void test_columns(void **state)
{
	static const char *const title[] = {"NAME", "N", "END"};
	static const bool right[] = {false, true, false};
	struct uh_columns *columns = uh_columns_new(title, right, 3);

	(void)state;
	uh_columns_add(columns, UH_PLAIN, "%s", "\xc3\xa9t\xc3\xa9 \xe2\x82\xac 1");
	uh_columns_add(columns, UH_PLAIN, "%d", 12345);
	uh_columns_add(columns, UH_PLAIN, "%s", "");
	uh_columns_add(columns, UH_GOOD, "%s", "a\033[m");
	uh_columns_add(columns, UH_BAD, "%d", 1);
	uh_columns_add(columns, UH_PLAIN, "%s", "z");
	assert_true(uh_columns_print(columns, begin(), false));
	assert_string_equal(end(), "NAME         N  END\n"
				   "\xc3\xa9t\xc3\xa9 \xe2\x82\xac 1  12345  -\n"
				   "a?[m         1  z\n");
	assert_true(uh_columns_print(columns, begin(), true));
	assert_non_null(strstr(end(), "\033[1mNAME   \033[0m  "));
	assert_non_null(strstr(written, "\033[32ma?[m   \033[0m  "));
	assert_non_null(strstr(written, "\033[31m    1\033[0m  z\n"));
	uh_columns_free(columns);
	assert_false(uh_columns_print(NULL, stdout, false));
}

static struct uh_event event_to(const char *name, const char *address, uint16_t port,
				double microseconds, int error)
{
	struct uh_event event = {.time = 1.5,
				 .microseconds = microseconds,
				 .process = 12,
				 .user = 33,
				 .protocol = IPPROTO_TCP,
				 .error = error,
				 .name = name,
				 .program = "/usr/bin/a, b",
				 .route = "",
				 .place = "",
				 .target = ""};

	assert_true(uh_address_parse(address, &event.asked.address));
	event.asked.port = port;
	return event;
}

static void test_events(void **state)
{
	struct uh_event event = event_to("", "2001:db8::1", 443, 812.44, ECONNREFUSED);

	(void)state;
	uh_trace_event(begin(), &event);
	assert_string_equal(end(),
			    "{\"time\":1.500000,\"pid\":12,\"program\":\"/usr/bin/a, b\","
			    "\"user\":33,\"address\":\"2001:db8::1\",\"port\":443,"
			    "\"protocol\":\"tcp\",\"microseconds\":812.4,"
			    "\"result\":\"ECONNREFUSED\"}\n");
	event.error = UH_TRACE_FAILED;
	uh_trace_event(begin(), &event);
	assert_non_null(strstr(end(), "\"microseconds\":812.4,\"result\":\"failed\"}\n"));
	event.error = UH_TRACE_UNKNOWN;
	event.microseconds = -1;
	uh_trace_event(begin(), &event);
	assert_non_null(strstr(end(), "\"protocol\":\"tcp\",\"result\":\"unknown\"}\n"));
	uh_trace_live(begin(), &event, true);
	assert_string_equal(end(), "    1.500  [2001:db8::1]:443 tcp unknown  a, b[12]\n");
	event.error = UH_TRACE_FAILED;
	uh_trace_live(begin(), &event, true);
	assert_non_null(strstr(end(), "\033[31m[2001:db8::1]:443 tcp failed\033[0m  a, b"));
	event.microseconds = 812.44;
	event.name = "api.example.com";
	event.protocol = IPPROTO_UDP;
	event.error = 0;
	event.route = "[2001:db8::1]:443";
	event.place = "/etc/unhairpin.conf:3";
	event.target = "unix:/run/\"app\".sock";
	uh_trace_event(begin(), &event);
	assert_string_equal(
	    end(), "{\"time\":1.500000,\"pid\":12,\"program\":\"/usr/bin/a, b\","
		   "\"user\":33,\"name\":\"api.example.com\",\"address\":\"2001:db8::1\","
		   "\"port\":443,\"protocol\":\"udp\",\"microseconds\":812.4,\"result\":\"ok\","
		   "\"route\":\"[2001:db8::1]:443\",\"place\":\"/etc/unhairpin.conf:3\","
		   "\"target\":\"unix:/run/\\\"app\\\".sock\"}\n");
}

static struct uh_aggregate *tally_of_two(void)
{
	struct uh_aggregate *tally = uh_aggregate_new();
	struct uh_event once = event_to("x", "203.0.113.1", 80, 5, ECONNREFUSED);
	struct uh_event often = event_to("", "203.0.113.1", 443, 0, 0);

	often.target = "unix:@https";
	often.place = "f:1";
	often.route = "203.0.113.1:443";
	assert_true(uh_aggregate_add(tally, &once));
	for (int i = 0; i < 100; i++) {
		often.microseconds = 100 - i;
		often.error = i % 10 ? 0 : i ? ETIMEDOUT : ECONNREFUSED;
		assert_true(uh_aggregate_add(tally, &often));
	}
	return tally;
}

static void test_tally(void **state)
{
	struct uh_aggregate *tally = tally_of_two();
	struct uh_aggregate_row *const *row;
	size_t rows;

	(void)state;
	row = uh_aggregate_finish(tally, &rows);
	assert_non_null(row);
	assert_int_equal(rows, 2);
	assert_int_equal(row[0]->connections, 100);
	assert_int_equal(row[0]->failed, 10);
	assert_int_equal(row[0]->failure[0].error, ECONNREFUSED);
	assert_int_equal(row[0]->failure[0].count, 1);
	assert_int_equal(row[0]->failure[1].error, ETIMEDOUT);
	assert_int_equal(row[0]->failure[1].count, 9);
	assert_true(row[0]->median == 50.5 && row[0]->p99 == 99);
	assert_string_equal(row[0]->first.target, "unix:@https");
	assert_int_equal(row[1]->connections, 1);
	assert_string_equal(row[1]->first.name, "x");
	uh_aggregate_free(tally);
}

static void test_more_errors_than_room(void **state)
{
	struct uh_aggregate *tally = uh_aggregate_new();
	struct uh_aggregate_row *const *row;
	size_t rows;

	(void)state;
	for (int error = 1; error <= 12; error++) {
		struct uh_event event = event_to("", "203.0.113.1", 80, 1, error);

		assert_true(uh_aggregate_add(tally, &event));
	}
	row = uh_aggregate_finish(tally, &rows);
	assert_int_equal(rows, 1);
	assert_int_equal(row[0]->failed, 12);
	assert_int_equal(row[0]->failure[UH_AGGREGATE_ERRORS - 1].error, UH_AGGREGATE_OTHERS);
	assert_int_equal(row[0]->failure[UH_AGGREGATE_ERRORS - 1].count, 5);
	uh_aggregate_free(tally);
}

/* An unknown time is no 0 in a median, and an unknown outcome is no failure. */
static void test_unknown(void **state)
{
	struct uh_aggregate *tally = uh_aggregate_new();
	const struct uh_event events[] = {
	    event_to("", "203.0.113.1", 80, 10, 0),
	    event_to("", "203.0.113.1", 80, -1, UH_TRACE_UNKNOWN),
	    event_to("", "203.0.113.1", 80, -1, 0),
	    event_to("", "203.0.113.1", 80, 30, UH_TRACE_FAILED),
	    event_to("", "203.0.113.2", 80, -1, UH_TRACE_UNKNOWN),
	};
	struct uh_aggregate_row *const *row;
	size_t rows;

	(void)state;
	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++)
		assert_true(uh_aggregate_add(tally, &events[i]));
	row = uh_aggregate_finish(tally, &rows);
	assert_int_equal(rows, 2);
	assert_int_equal(row[0]->connections, 4);
	assert_int_equal(row[0]->timed, 2);
	assert_true(row[0]->median == 20 && row[0]->p99 == 30);
	assert_int_equal(row[0]->failed, 1);
	assert_int_equal(row[0]->unknown, 1);
	assert_true(uh_trace_table(begin(), row, rows, 0));
	assert_string_equal(
	    end(),
	    "NAME  ADDRESS         PROTOCOL  COUNT  MEDIAN MS  P99 MS  FAILED    UNKNOWN  "
	    "ROUTED TO  BY  PROGRAM\n"
	    "-     203.0.113.1:80  tcp           4      0.020   0.030  1 failed        1  "
	    "-          -   a, b\n"
	    "-     203.0.113.2:80  tcp           1          -       -  -               1  "
	    "-          -   a, b\n"
	    "5 connections: 0 routed, 5 to where the program asked; 1 failed, 2 unknown\n");
	uh_trace_csv(begin(), row, rows);
	assert_non_null(strstr(end(), "\r\n,203.0.113.1,80,tcp,4,20.0,30.0,1,1 failed,,,,"
				      "\"/usr/bin/a, b\",1\r\n"));
	assert_non_null(
	    strstr(written, "\r\n,203.0.113.2,80,tcp,1,,,0,,,,,\"/usr/bin/a, b\",1\r\n"));
	uh_aggregate_free(tally);
}

static void test_no_connections(void **state)
{
	struct uh_aggregate *tally = uh_aggregate_new();
	size_t rows;
	struct uh_aggregate_row *const *row = uh_aggregate_finish(tally, &rows);

	(void)state;
	assert_non_null(row);
	assert_int_equal(rows, 0);
	assert_true(uh_trace_table(begin(), row, rows, 0));
	assert_string_equal(end(), "0 connections: 0 routed, 0 to where the program asked; 0 "
				   "failed\n");
	uh_aggregate_free(tally);
}

static void test_table(void **state)
{
	struct uh_aggregate *tally = tally_of_two();
	size_t rows;
	struct uh_aggregate_row *const *row = uh_aggregate_finish(tally, &rows);

	(void)state;
	assert_true(uh_trace_table(begin(), row, rows, 3));
	assert_string_equal(
	    end(),
	    "NAME  ADDRESS          PROTOCOL  COUNT  MEDIAN MS  P99 MS  FAILED"
	    "                       UNKNOWN  ROUTED TO    BY   PROGRAM\n"
	    "-     203.0.113.1:443  tcp         100      0.051   0.099  1 ECONNREFUSED, "
	    "9 ETIMEDOUT        -  unix:@https  f:1  a, b\n"
	    "x     203.0.113.1:80   tcp           1      0.005   0.005  1 ECONNREFUSED"
	    "                     -  -            -    a, b\n"
	    "101 connections: 100 routed, 1 to where the program asked; 11 failed; 3 more lost "
	    "on the way here\n");
	uh_trace_csv(begin(), row, rows);
	assert_string_equal(
	    end(),
	    "name,address,port,protocol,connections,median_microseconds,p99_microseconds,"
	    "failed,errors,route,place,target,program,unknown\r\n"
	    ",203.0.113.1,443,tcp,100,50.5,99.0,10,1 ECONNREFUSED 9 ETIMEDOUT,203.0.113.1:443,"
	    "f:1,unix:@https,\"/usr/bin/a, b\",0\r\n"
	    "x,203.0.113.1,80,tcp,1,5.0,5.0,1,1 ECONNREFUSED,,,,\"/usr/bin/a, b\",0\r\n");
	uh_aggregate_free(tally);
}

static void test_heard_names(void **state)
{
	struct uh_address address = {.byte = {[15] = 1}};
	char name[UH_NAME_MAX + 1];

	(void)state;
	assert_false(uh_heard_find(&address, name));
	uh_heard_put(&address, "Api.Example.COM.");
	assert_true(uh_heard_find(&address, name));
	assert_string_equal(name, "api.example.com");
	uh_heard_put(&address, "www.example.com");
	uh_heard_put(&address, "203.0.113.1");
	assert_true(uh_heard_find(&address, name));
	assert_string_equal(name, "www.example.com");
	/* More than there is room for: the last ones are there, and nothing wrong is. */
	for (unsigned i = 0; i < 3000; i++) {
		address.byte[14] = (unsigned char)(i >> 8);
		address.byte[13] = (unsigned char)i;
		snprintf(name, sizeof(name), "n%u.example", i);
		uh_heard_put(&address, name);
	}
	assert_true(uh_heard_find(&address, name));
	assert_string_equal(name, "n2999.example");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_quantiles),
	    cmocka_unit_test(test_csv),
	    cmocka_unit_test(test_label),
	    cmocka_unit_test(test_columns),
	    cmocka_unit_test(test_events),
	    cmocka_unit_test(test_tally),
	    cmocka_unit_test(test_more_errors_than_room),
	    cmocka_unit_test(test_unknown),
	    cmocka_unit_test(test_no_connections),
	    cmocka_unit_test(test_table),
	    cmocka_unit_test(test_heard_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

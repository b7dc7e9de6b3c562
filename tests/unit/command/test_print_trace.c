/* SPDX-License-Identifier: MIT */
/* test_print_trace.c: groups of connections and their times; traces as tables, JSON and CSV. */
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
#include "command/cli/quote.h"
#include "command/trace/connections/latency.h"
#include "command/trace/print_trace.h"

/* The output of the function under test, until the next begin(). */
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

static struct uh_trace trace;

static struct uh_connection connection_to(const char *name, const char *address, uint16_t port,
					  double microseconds, int error)
{
	struct uh_connection connection = {.time = 1.5,
					   .microseconds = microseconds,
					   .to.port = port,
					   .name = name,
					   .program = "/usr/bin/a, b",
					   .process = 12,
					   .user = 33,
					   .error = error,
					   .protocol = IPPROTO_TCP};

	assert_true(uh_address_parse(address, &connection.to.address));
	return connection;
}

static void test_lines(void **state)
{
	struct uh_connection connection =
	    connection_to(NULL, "2001:db8::1", 443, 812.44, ECONNREFUSED);

	(void)state;
	uh_trace_print_json(begin(), &connection);
	assert_string_equal(end(), "{\"time\":1.5,\"pid\":12,\"program\":\"/usr/bin/a, b\","
				   "\"user\":33,\"address\":\"2001:db8::1\",\"port\":443,"
				   "\"protocol\":\"tcp\",\"microseconds\":812.4,"
				   "\"result\":\"ECONNREFUSED\"}\n");
	connection.error = UH_TRACE_FAILED;
	uh_trace_print_json(begin(), &connection);
	assert_non_null(strstr(end(), "\"microseconds\":812.4,\"result\":\"failed\"}\n"));
	connection.error = UH_TRACE_UNKNOWN;
	connection.microseconds = -1;
	uh_trace_print_json(begin(), &connection);
	assert_non_null(strstr(end(), "\"protocol\":\"tcp\",\"result\":\"unknown\"}\n"));
	uh_trace_print_live(begin(), &connection, true);
	assert_string_equal(end(), "    1.500  [2001:db8::1]:443 tcp unknown  a, b[12]\n");
	connection.error = UH_TRACE_FAILED;
	uh_trace_print_live(begin(), &connection, true);
	assert_non_null(strstr(end(), "\033[31m[2001:db8::1]:443 tcp failed\033[0m  a, b"));
	connection.microseconds = 812.44;
	connection.name = "api.example.com";
	connection.protocol = IPPROTO_UDP;
	connection.error = 0;
	connection.route = "[2001:db8::1]:443";
	connection.place = "/etc/unhairpin.conf:3";
	connection.target = "unix:/run/\"app\".sock";
	uh_trace_print_json(begin(), &connection);
	assert_string_equal(
	    end(), "{\"time\":1.5,\"pid\":12,\"program\":\"/usr/bin/a, b\","
		   "\"user\":33,\"name\":\"api.example.com\",\"address\":\"2001:db8::1\","
		   "\"port\":443,\"protocol\":\"udp\",\"microseconds\":812.4,\"result\":\"ok\","
		   "\"route\":\"[2001:db8::1]:443\",\"place\":\"/etc/unhairpin.conf:3\","
		   "\"target\":\"unix:/run/\\\"app\\\".sock\"}\n");
}

static void add(struct uh_connection connection)
{
	assert_true(uh_trace_add(&trace, &connection));
}

/* One connection to port 80, and a hundred to port 443. */
static void record_two_ways(void)
{
	struct uh_connection often = connection_to(NULL, "203.0.113.1", 443, 0, 0);

	uh_trace_free(&trace);
	often.target = "unix:@https";
	often.place = "f:1";
	often.route = "203.0.113.1:443";
	add(connection_to("x", "203.0.113.1", 80, 5, ECONNREFUSED));
	for (int i = 0; i < 100; i++) {
		often.microseconds = 100 - i;
		often.error = i % 10 ? 0 : i ? ETIMEDOUT : ECONNREFUSED;
		often.process = (uint32_t)i;
		add(often);
	}
}

static void test_group_by_way(void **state)
{
	struct uh_groups groups;
	struct uh_times times;

	(void)state;
	record_two_ways();
	assert_true(uh_group(&trace, UH_BY_WAY, &groups));
	assert_int_equal(groups.count, 2);
	assert_int_equal(groups.group[0].count, 100);
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(groups.group[0].connection[i]->process, i);
	assert_true(uh_times_measure(&groups.group[0], UH_TIMED_ALL, &times));
	assert_int_equal(times.count, 100);
	assert_int_equal(times.failed, 10);
	assert_int_equal(times.failure[0].error, ECONNREFUSED);
	assert_int_equal(times.failure[0].count, 1);
	assert_int_equal(times.failure[1].error, ETIMEDOUT);
	assert_int_equal(times.failure[1].count, 9);
	assert_true(times.median == 50.5 && times.p99 == 99);
	assert_true(uh_times_measure(&groups.group[0], UH_TIMED_CONNECTED, &times));
	assert_int_equal(times.timed, 90);
	assert_int_equal(groups.group[1].count, 1);
	assert_string_equal(groups.group[1].connection[0]->name, "x");
	uh_groups_free(&groups);
}

/* Connections that differ in one member are in different groups if the key has that member. */
static void test_keys(void **state)
{
	struct uh_connection one = connection_to("x", "203.0.113.1", 80, 5, 0), other;
	struct uh_groups groups;

	(void)state;
	uh_trace_free(&trace);
	add(one);
	for (int i = 0; i < 10; i++) {
		other = one;
		switch (i) {
		case 0:
			other.name = NULL;
			break;
		case 1:
			other.program = "/p";
			break;
		case 2:
			other.route = "r";
			break;
		case 3:
			other.place = "f:1";
			break;
		case 4:
			other.target = "t";
			break;
		case 5:
			other.to.port++;
			break;
		case 6:
			other.to.address.byte[15]++;
			break;
		case 7:
			other.protocol = IPPROTO_UDP;
			break;
		case 8:
			other.time = other.user = other.process = 1;
			break;
		case 9:
			other.error = EPERM;
			break;
		}
		add(other);
	}
	assert_true(uh_group(&trace, UH_BY_WAY, &groups));
	assert_int_equal(groups.count, 9);
	assert_int_equal(groups.group[0].count, 3);
	assert_ptr_equal(groups.group[1].connection[0], &trace.connection[1]);
	uh_groups_free(&groups);
	assert_true(uh_group(&trace, UH_BY_DESTINATION, &groups));
	assert_int_equal(groups.count, 5);
	assert_int_equal(groups.group[0].count, 7);
	uh_groups_free(&groups);
}

static void test_more_errors_than_room(void **state)
{
	struct uh_groups groups;
	struct uh_times times;

	(void)state;
	uh_trace_free(&trace);
	for (int error = 1; error <= 12; error++)
		add(connection_to(NULL, "203.0.113.1", 80, 1, error));
	assert_true(uh_group(&trace, UH_BY_WAY, &groups));
	assert_int_equal(groups.count, 1);
	assert_true(uh_times_measure(&groups.group[0], UH_TIMED_ALL, &times));
	assert_int_equal(times.failed, 12);
	assert_int_equal(times.failure[UH_FAILURES - 1].error, UH_OTHER_FAILURES);
	assert_int_equal(times.failure[UH_FAILURES - 1].count, 5);
	uh_groups_free(&groups);
}

/* An unknown time is left out of the median, and an unknown outcome is not a failure. */
static void test_unknown(void **state)
{
	struct uh_groups groups;
	struct uh_times times;

	(void)state;
	uh_trace_free(&trace);
	add(connection_to(NULL, "203.0.113.1", 80, 10, 0));
	add(connection_to(NULL, "203.0.113.1", 80, -1, UH_TRACE_UNKNOWN));
	add(connection_to(NULL, "203.0.113.1", 80, -1, 0));
	add(connection_to(NULL, "203.0.113.1", 80, 30, UH_TRACE_FAILED));
	add(connection_to(NULL, "203.0.113.2", 80, -1, UH_TRACE_UNKNOWN));
	assert_true(uh_group(&trace, UH_BY_WAY, &groups));
	assert_int_equal(groups.count, 2);
	assert_true(uh_times_measure(&groups.group[0], UH_TIMED_ALL, &times));
	assert_int_equal(times.count, 4);
	assert_int_equal(times.timed, 2);
	assert_true(times.median == 20 && times.p99 == 30);
	assert_int_equal(times.failed, 1);
	assert_int_equal(times.unknown, 1);
	assert_true(uh_times_measure(&groups.group[1], UH_TIMED_ALL, &times));
	assert_true(times.timed == 0 && times.median == 0 && times.p99 == 0);
	assert_true(uh_trace_print_table(begin(), &groups, true, 0));
	assert_string_equal(
	    end(),
	    "NAME  ADDRESS         PROTOCOL  COUNT  MEDIAN MS  P99 MS  FAILED    UNKNOWN  "
	    "ROUTED TO  BY  PROGRAM\n"
	    "-     203.0.113.1:80  tcp           4      0.020   0.030  1 failed        1  "
	    "-          -   a, b\n"
	    "-     203.0.113.2:80  tcp           1          -       -  -               1  "
	    "-          -   a, b\n"
	    "5 connections: 0 routed, 5 to where the program asked; 1 failed, 2 unknown\n");
	assert_true(uh_trace_print_csv(begin(), &groups, true));
	assert_non_null(strstr(end(), "\r\n,203.0.113.1,80,tcp,4,20.0,30.0,1,1 failed,,,,"
				      "\"/usr/bin/a, b\",1,0\r\n"));
	assert_non_null(
	    strstr(written, "\r\n,203.0.113.2,80,tcp,1,,,0,,,,,\"/usr/bin/a, b\",1,0\r\n"));
	uh_groups_free(&groups);
}

/* Datagrams by a route, some of which could not be sent, and a connection to the same address.
 */
static void record_datagrams(void)
{
	struct uh_connection sent = connection_to("x", "203.0.113.1", 53, -1, 0);

	uh_trace_free(&trace);
	sent.protocol = IPPROTO_UDP;
	add(sent);
	sent.datagrams = 5000000000;
	sent.route = "203.0.113.1:53";
	sent.place = "f:1";
	sent.target = "127.0.0.1:53";
	add(sent);
	sent.datagrams = 1;
	sent.error = EPERM;
	add(sent);
	sent.datagrams = 0;
	add(sent);
}

static void test_datagrams(void **state)
{
	struct uh_groups groups;
	struct uh_times times;

	(void)state;
	record_datagrams();
	assert_true(uh_group(&trace, UH_BY_WAY, &groups));
	assert_int_equal(groups.count, 3);
	assert_true(groups.group[0].uses == 5000000001);
	assert_true(uh_times_measure(&groups.group[0], UH_TIMED_ALL, &times));
	assert_true(times.count == 0 && times.datagrams == 5000000001 && times.failed == 1);
	assert_true(uh_trace_print_table(begin(), &groups, true, 0));
	assert_string_equal(
	    end(),
	    "NAME  ADDRESS         PROTOCOL                 COUNT  MEDIAN MS  P99 MS  FAILED   "
	    "UNKNOWN  ROUTED TO     BY   PROGRAM\n"
	    "x     203.0.113.1:53  udp       5000000001 datagrams          -       -  1 EPERM  "
	    "      -  127.0.0.1:53  f:1  a, b\n"
	    "x     203.0.113.1:53  udp                          1          -       -  -        "
	    "      -  -             -    a, b\n"
	    "x     203.0.113.1:53  udp                          1          -       -  1 EPERM  "
	    "      -  127.0.0.1:53  f:1  a, b\n"
	    "2 connections: 1 routed, 1 to where the program asked; 1 failed\n"
	    "5000000001 datagrams: 5000000001 routed, 0 to where the program asked; 1 "
	    "failed\n");
	assert_true(uh_trace_print_csv(begin(), &groups, false));
	assert_non_null(strstr(end(), "x,203.0.113.1,53,udp,0,,,1,1 EPERM,203.0.113.1:53,f:1,"
				      "127.0.0.1:53,\"/usr/bin/a, b\",0,5000000001\r\n"));
	uh_groups_free(&groups);
}

static void test_lines_of_datagrams(void **state)
{
	(void)state;
	record_datagrams();
	uh_trace_print_json(begin(), &trace.connection[1]);
	assert_non_null(strstr(end(), "\"protocol\":\"udp\",\"datagrams\":5000000000,"
				      "\"result\":\"ok\",\"route\":"));
	uh_trace_print_json(begin(), &trace.connection[0]);
	assert_null(strstr(end(), "datagrams"));
	uh_trace_print_live(begin(), &trace.connection[1], false);
	assert_string_equal(end(), "    1.500  x 203.0.113.1:53 udp ok (first datagram) to "
				   "127.0.0.1:53  a, b[12]\n");
}

static void test_no_connections(void **state)
{
	struct uh_groups groups;

	(void)state;
	uh_trace_free(&trace);
	assert_true(uh_group(&trace, UH_BY_WAY, &groups));
	assert_int_equal(groups.count, 0);
	assert_true(uh_trace_print_table(begin(), &groups, true, 0));
	assert_string_equal(end(), "0 connections: 0 routed, 0 to where the program asked; 0 "
				   "failed\n");
	uh_groups_free(&groups);
}

static void test_table(void **state)
{
	struct uh_groups groups;

	(void)state;
	record_two_ways();
	assert_true(uh_group(&trace, UH_BY_WAY, &groups));
	assert_true(uh_trace_print_table(begin(), &groups, true, 3));
	assert_string_equal(
	    end(), "NAME  ADDRESS          PROTOCOL  COUNT  MEDIAN MS  P99 MS  FAILED"
		   "                       UNKNOWN  ROUTED TO    BY   PROGRAM\n"
		   "-     203.0.113.1:443  tcp         100      0.051   0.099  1 ECONNREFUSED, "
		   "9 ETIMEDOUT        -  unix:@https  f:1  a, b\n"
		   "x     203.0.113.1:80   tcp           1      0.005   0.005  1 ECONNREFUSED"
		   "                     -  -            -    a, b\n"
		   "101 connections: 100 routed, 1 to where the program asked; 11 failed; 3 "
		   "connections were not recorded\n");
	assert_true(uh_trace_print_csv(begin(), &groups, true));
	assert_string_equal(
	    end(),
	    "name,address,port,protocol,connections,median_microseconds,p99_microseconds,"
	    "failed,errors,route,place,target,program,unknown,datagrams\r\n"
	    ",203.0.113.1,443,tcp,100,50.5,99.0,10,1 ECONNREFUSED 9 ETIMEDOUT,203.0.113.1:443,"
	    "f:1,unix:@https,\"/usr/bin/a, b\",0,0\r\n"
	    "x,203.0.113.1,80,tcp,1,5.0,5.0,1,1 ECONNREFUSED,,,,\"/usr/bin/a, b\",0,0\r\n");
	assert_true(uh_trace_print_table(begin(), &groups, false, 0));
	assert_int_equal(strncmp(end(), "-  203.0.113.1:443", 18), 0);
	assert_true(uh_trace_print_csv(begin(), &groups, false));
	assert_int_equal(strncmp(end(), ",203.0.113.1,443", 16), 0);
	uh_groups_free(&groups);
	uh_trace_free(&trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_quantiles),
	    cmocka_unit_test(test_csv),
	    cmocka_unit_test(test_label),
	    cmocka_unit_test(test_columns),
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_group_by_way),
	    cmocka_unit_test(test_keys),
	    cmocka_unit_test(test_more_errors_than_room),
	    cmocka_unit_test(test_unknown),
	    cmocka_unit_test(test_no_connections),
	    cmocka_unit_test(test_table),
	    cmocka_unit_test(test_datagrams),
	    cmocka_unit_test(test_lines_of_datagrams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

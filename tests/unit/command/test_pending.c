/* SPDX-License-Identifier: MIT */
/* test_pending.c: connections that went on after their call, and their outcomes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "command/trace/pending.h"

enum { GIVEN = 1024 };

/* The connections that were reported since the beginning of a test. */
static struct uh_connection given[GIVEN];
static size_t count;
static struct uh_pending *pending;

static void take(void *context, const struct uh_connection *connection)
{
	assert_ptr_equal(context, given);
	assert_true(count < GIVEN);
	given[count++] = *connection;
}

static void begin(double time, double microseconds, uint64_t identity, int error)
{
	const struct uh_connection connection = {.time = time,
						 .microseconds = microseconds,
						 .error = error,
						 .name = "a name",
						 .target = "a target"};

	uh_pending_connect(pending, identity, &connection);
}

static void end(uint64_t identity, int error, double time)
{
	const struct uh_outcome outcome = {identity, error, time};

	uh_pending_outcome(pending, &outcome);
}

/* Asserts the number of reported connections, and the outcome of the last one. */
static void assert_last(size_t number, int error, double microseconds)
{
	assert_int_equal(count, number);
	assert_int_equal(given[number - 1].error, error);
	assert_true(given[number - 1].microseconds > microseconds - 0.001 &&
		    given[number - 1].microseconds < microseconds + 0.001);
	assert_string_equal(given[number - 1].name, "a name");
	assert_string_equal(given[number - 1].target, "a target");
}

static int set_up(void **state)
{
	(void)state;
	count = 0;
	pending = uh_pending_new(take, given);
	return pending ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	uh_pending_free(pending);
	return 0;
}

static void test_known_at_once(void **state)
{
	(void)state;
	begin(1, 10, 0, 0);
	assert_last(1, 0, 10);
	begin(1, 20, 7, ECONNREFUSED);
	assert_last(2, ECONNREFUSED, 20);
	begin(1, -1, 0, UH_TRACE_UNKNOWN); /* without an identity no outcome can follow */
	assert_last(3, UH_TRACE_UNKNOWN, -1);
}

static void test_told_later(void **state)
{
	(void)state;
	begin(1, -1, 7, UH_TRACE_UNKNOWN);
	begin(2, -1, 8, UH_TRACE_UNKNOWN);
	assert_int_equal(count, 0);
	end(8, ECONNREFUSED, 2.5);
	assert_last(1, ECONNREFUSED, 500000);
	end(7, 0, 1.25);
	assert_last(2, 0, 250000);
	end(7, ETIMEDOUT, 3); /* a second outcome is ignored */
	assert_int_equal(count, 2);
}

/* A connection that failed at once keeps its time; the errno value follows later, or never. */
static void test_failed_at_once(void **state)
{
	(void)state;
	begin(1, 40, 7, UH_TRACE_FAILED);
	begin(1, 50, 8, UH_TRACE_FAILED);
	end(7, ECONNREFUSED, 9);
	assert_last(1, ECONNREFUSED, 40);
	uh_pending_flush(pending);
	assert_last(2, UH_TRACE_FAILED, 50);
}

static void test_nobody_asks(void **state)
{
	(void)state;
	begin(1, -1, 7, UH_TRACE_UNKNOWN);
	begin(1, -1, 8, UH_TRACE_UNKNOWN);
	begin(1, -1, 9, UH_TRACE_UNKNOWN);
	begin(1, -1, 10, UH_TRACE_UNKNOWN);
	end(7, 0, -1);
	end(8, UH_TRACE_FAILED, -1);
	end(9, UH_TRACE_UNKNOWN, -1);
	end(10, 0, -1);
	assert_last(1, UH_TRACE_UNKNOWN, -1);
	end(8, ETIMEDOUT, 2); /* the errno value comes from another copy of the descriptor */
	assert_last(2, ETIMEDOUT, 1000000);
	end(10, 0, 3);
	assert_last(3, 0, 2000000);
	uh_pending_flush(pending);
	assert_last(4, 0, -1);
}

/* A second connect() that only returns the error is not a connection of its own. */
static void test_asked_by_connecting(void **state)
{
	(void)state;
	begin(1, -1, 7, UH_TRACE_UNKNOWN);
	begin(2, 100, 7, ECONNREFUSED);
	assert_last(1, ECONNREFUSED, 1000100);
	begin(3, 200, 7, ECONNREFUSED);
	assert_last(2, ECONNREFUSED, 200);
}

static void test_begun_again(void **state)
{
	(void)state;
	begin(1, -1, 7, UH_TRACE_UNKNOWN);
	begin(2, -1, 7, UH_TRACE_UNKNOWN);
	assert_last(1, UH_TRACE_UNKNOWN, -1);
	assert_true(given[0].time == 1);
	end(7, 0, 3);
	assert_last(2, 0, 1000000);
	assert_true(given[1].time == 2);
}

/* Another thread sends the outcome before the thread that connected sends the connection. */
static void test_told_early(void **state)
{
	(void)state;
	end(7, ECONNREFUSED, 1.5);
	end(8, ECONNREFUSED, 0.5); /* of an earlier connection */
	begin(1, 40, 7, UH_TRACE_FAILED);
	assert_last(1, ECONNREFUSED, 40);
	begin(1, -1, 8, UH_TRACE_UNKNOWN);
	assert_int_equal(count, 1);
	for (uint64_t i = 100; i < 1100; i++)
		end(i, 0, 2); /* outcomes without a connection are dropped */
	begin(1, -1, 100, UH_TRACE_UNKNOWN);
	assert_int_equal(count, 1);
	begin(1, -1, 1099, UH_TRACE_UNKNOWN);
	assert_last(2, 0, 1000000);
}

static void test_many(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		begin(i, -1, i + 1, UH_TRACE_UNKNOWN);
	uh_pending_flush(pending);
	assert_int_equal(count, 1000);
	for (unsigned i = 0; i < 1000; i++)
		assert_true(given[i].time == i);
	begin(1, -1, 7, UH_TRACE_UNKNOWN); /* freed by uh_pending_free() */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(test_known_at_once),	    TEST(test_told_later),
	    TEST(test_failed_at_once),	    TEST(test_nobody_asks),
	    TEST(test_asked_by_connecting), TEST(test_begun_again),
	    TEST(test_told_early),	    TEST(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

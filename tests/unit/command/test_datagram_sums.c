/* SPDX-License-Identifier: MIT */
/* test_datagram_sums.c: the datagrams of several messages, added up by destination. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>

#include "command/trace/datagram_sums.h"

static struct uh_connection given[16];
static size_t count;

static void take(void *context, const struct uh_connection *datagrams)
{
	assert_ptr_equal(context, given);
	assert_true(count < 16);
	given[count++] = *datagrams;
}

static struct uh_connection message(double time, uint64_t datagrams)
{
	return (struct uh_connection){.time = time,
				      .microseconds = -1,
				      .datagrams = datagrams,
				      .to.port = 53,
				      .name = "a name",
				      .process = 7,
				      .protocol = IPPROTO_UDP};
}

static void test_sums(void **state)
{
	struct uh_datagram_sum *sums = NULL;
	struct uh_connection one = message(1, 1), more = message(2, UINT32_MAX);

	(void)state;
	count = 0;
	assert_true(uh_datagram_sums_add(&sums, &one));
	assert_false(uh_datagram_sums_add(&sums, &more));
	assert_int_equal(errno, 0);
	assert_false(uh_datagram_sums_add(&sums, &more));
	uh_datagram_sums_report(sums, take, given);
	assert_int_equal(count, 1);
	assert_true(given[0].datagrams == 1 + 2 * (uint64_t)UINT32_MAX);
	assert_true(given[0].time == 1 && given[0].microseconds < 0);
	assert_string_equal(given[0].name, "a name");
	uh_datagram_sums_free(&sums);
	uh_datagram_sums_report(sums, take, given);
	assert_int_equal(count, 1);
}

/* Each of these makes a destination of its own. */
static void test_keys(void **state)
{
	struct uh_datagram_sum *sums = NULL;
	struct uh_connection other[] = {message(1, 1), message(1, 1), message(1, 1),
					message(1, 1), message(1, 1), message(1, 1),
					message(1, 1), message(1, 1), message(1, 1)};
	const size_t others = sizeof(other) / sizeof(*other);

	(void)state;
	count = 0;
	other[1].to.port++;
	other[2].to.address.byte[15]++;
	other[3].name = NULL;
	other[4].process++;
	other[5].error = EPERM;
	other[6].route = "r";
	other[7].target = "t";
	other[8].program = "p";
	for (size_t i = 0; i < others; i++)
		assert_true(uh_datagram_sums_add(&sums, &other[i]));
	for (size_t i = 0; i < others; i++)
		assert_false(uh_datagram_sums_add(&sums, &other[i]));
	uh_datagram_sums_report(sums, take, given);
	assert_int_equal(count, others);
	for (size_t i = 0; i < others; i++)
		assert_true(given[i].datagrams == 2);
	uh_datagram_sums_free(&sums);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sums),
	    cmocka_unit_test(test_keys),
	};

	return cmocka_run_group_tests_name("datagram_sums", tests, NULL, NULL);
}

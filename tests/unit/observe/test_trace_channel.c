/* SPDX-License-Identifier: MIT */
/* test_trace_channel.c: a trace that has ended costs one call, and loses no message. */
#include "made.h"

#include <stdio.h>
#include <unistd.h>

#include "observe/trace_channel.h"
#include "socket/state/records.h"

static void test_nobody_listens(void **state)
{
	struct uh_trace_message message = {.kind = UH_TRACE_CONNECT};
	char value[96];
	int length = snprintf(value, sizeof(value), "@unhairpin-nobody-%d:", (int)getpid());

	(void)state;
	assert_false(uh_traces());
	memset(value + length, 'k', UH_TRACE_KEY);
	value[length + UH_TRACE_KEY] = '\0';
	uh_trace_open(value);
	assert_true(uh_traces());
	assert_true(uh_records_any());
	assert_true(uh_trace_send(&message, NULL));
	assert_false(uh_traces());
	assert_true(uh_trace_send(&message, NULL));
}

static void test_wrong_values(void **state)
{
	static const char *const wrong[] = {NULL, "", "@", "@name", "@name:short", "name:key"};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		uh_trace_open(wrong[i]);
		assert_false(uh_traces());
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_wrong_values),
	    cmocka_unit_test(test_nobody_listens),
	};

	return cmocka_run_group_tests_name("trace_channel", tests, NULL, NULL);
}

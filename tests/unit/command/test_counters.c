/* SPDX-License-Identifier: MIT */
/* test_counters.c: the counters of routes, and how they are added up and written. */
#include "made.h"

#include <stdio.h>

#include "command/stats/read_counters.h"
#include "base/counter_slots.h"

static struct uh_counter_slot slot_of_test;

static int begin(void **state)
{
	(void)state;
	memset(&slot_of_test, 0, sizeof(slot_of_test));
	return 0;
}

/* Counts one connection. */
static bool add(struct uh_counter_slot *slot, uint64_t now, int error, bool fell_back)
{
	const struct uh_uses one = {1, error, fell_back};

	return uh_counter_slot_add(slot, now, &one);
}

/* How often the errno was counted. */
static uint32_t failures(const struct uh_counter_slot *slot, int error)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < UH_COUNTER_ERRORS; i++)
		if (uh_counter_slot_error(i) == error)
			sum += slot->failure[i];
	return sum;
}

static void test_counts(void **state)
{
	struct uh_counter_slot *slot = &slot_of_test;

	(void)state;
	assert_true(add(slot, 100, 0, false));
	assert_true(add(slot, 90, ECONNREFUSED, true));
	assert_true(add(slot, 90, ECONNREFUSED, false));
	assert_int_equal(uh_counter_slot_connections(slot), 3);
	assert_int_equal(slot->fallbacks, 1);
	assert_int_equal(failures(slot, ECONNREFUSED), 2);
	assert_int_equal(failures(slot, ENOENT) + failures(slot, UH_COUNTER_OTHERS), 0);
	assert_int_equal(slot->route.id, 0);
}

/* Each errno has one place; those without one share the last. */
static void test_errors(void **state)
{
	uint32_t all = 0;

	(void)state;
	for (int error = 1; error <= 133; error++)
		assert_true(add(&slot_of_test, 1, error, false));
	for (unsigned i = 0; i < UH_COUNTER_ERRORS; i++) {
		all += slot_of_test.failure[i];
		if (i < UH_COUNTER_ERRORS - 1)
			assert_int_equal(slot_of_test.failure[i], 1);
	}
	assert_int_equal(all, 133);
	assert_int_equal(failures(&slot_of_test, UH_COUNTER_OTHERS),
			 133 - (UH_COUNTER_ERRORS - 1));
}

/* Many at once count as one by one, also beyond what one futex(2) call adds. */
static void test_many_at_once(void **state)
{
	const uint32_t number[] = {2, 2047, 2048, 1000000, (1U << 31) + 5};
	struct uh_counter_slot *slot = &slot_of_test;
	uint64_t sum = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(number) / sizeof(*number); i++) {
		const struct uh_uses uses = {number[i], EPERM, i == 0};

		assert_true(uh_counter_slot_add(slot, 100, &uses));
		sum += number[i];
	}
	assert_int_equal(uh_counter_slot_connections(slot), sum);
	assert_int_equal(failures(slot, EPERM), sum);
	assert_int_equal(slot->fallbacks, 2);
	assert_in_range(slot->thousands, sum / 1024 - 5, sum / 1024 + 5);
}

/* The sum is right while thousands is wrong by less than 2^31 connections. */
static void test_many(void **state)
{
	const uint64_t number[] = {0, 1, 1023, 1024, UINT32_MAX, 5000000000, 1ULL << 41};
	const int64_t wrong[] = {0, 1, -1, 1000000, -1000000};
	struct uh_counter_slot slot = {.connections = UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(number) / sizeof(*number); i++)
		for (size_t j = 0; j < sizeof(wrong) / sizeof(*wrong); j++) {
			int64_t thousands = (int64_t)(number[i] / 1024) + wrong[j];

			slot.connections = (uint32_t)number[i];
			slot.thousands = (uint32_t)(thousands < 0 ? 0 : thousands);
			assert_int_equal(uh_counter_slot_connections(&slot), number[i]);
		}
	/* Nobody has counted so: but no number of 64 bits comes of it. */
	slot.connections = UINT32_MAX;
	slot.thousands = 0;
	assert_int_equal(uh_counter_slot_connections(&slot), UINT32_MAX);
}

/* About every 1024th. */
static void test_thousands(void **state)
{
	enum { MANY = 200000 };

	(void)state;
	for (uint64_t i = 0; i < MANY; i++)
		assert_true(add(&slot_of_test, 1700000000 + i / 300, 0, false));
	assert_int_equal(slot_of_test.connections, MANY);
	assert_in_range(slot_of_test.thousands, MANY / 1024 / 2, MANY / 1024 * 2);
}

/* The sums of one slot with what somebody wrote into it. */
static struct uh_counter_totals *sums_of(const char *text, size_t size, uint32_t connections)
{
	struct uh_counter_totals *sums = uh_counter_totals_new();
	struct uh_counter_slot slot = {.route.id = 0x1234, .connections = connections};

	slot.failure[0] = 2;
	slot.last_used[0] = 1764000000;
	memcpy(slot.route.text, text, size);
	strcpy(slot.route.target, "t");
	assert_true(uh_counter_totals_add(sums, &slot));
	return sums;
}

static void test_sums(void **state)
{
	struct uh_counter_totals *sums = sums_of("a", 2, 3);
	struct uh_counter_slot slot = {.route = {"a", "t", 99}, .connections = 4};
	struct uh_counter_total *const *sum;
	size_t counted;

	(void)state;
	slot.failure[0] = 1;
	slot.failure[3] = 1;
	slot.last_used[0] = 1763000000;
	assert_true(uh_counter_totals_add(sums, &slot));
	slot.route.id = 0;
	assert_true(uh_counter_totals_add(sums, &slot));
	sum = uh_counter_totals_finish(sums, &counted);
	assert_int_equal(counted, 1);
	assert_string_equal(sum[0]->name.target, "t");
	assert_int_equal(sum[0]->connections, 7);
	assert_int_equal(sum[0]->failure[0], 3);
	assert_int_equal(sum[0]->failure[3], 1);
	assert_int_equal(sum[0]->last_used, 1764000000);
	uh_counter_totals_begin(sums);
	assert_int_equal(sum[0]->before, 7);
	uh_counter_totals_finish(sums, &counted);
	assert_int_equal(counted, 0);
	uh_counter_totals_free(sums);
}

/* The counts of two attachments are one sum, apart from the preload object's. */
static void test_sums_of_kernel(void **state)
{
	struct uh_counter_totals *sums = sums_of("a", 2, 3);
	const struct uh_count_row count = {
	    .routed = 4, .unanswered = 2, .failed = 1, .datagrams = 5};
	struct uh_counter_total *const *sum;
	size_t counted;

	(void)state;
	assert_true(uh_counter_totals_add_kernel(sums, "a", "t", &count));
	assert_true(uh_counter_totals_add_kernel(sums, "a", "t", &count));
	assert_true(
	    uh_counter_totals_add_kernel(sums, "unused", "t", &(struct uh_count_row){0}));
	sum = uh_counter_totals_finish(sums, &counted);
	assert_int_equal(counted, 4);
	assert_int_equal(sum[0]->by, UH_BY_KERNEL);
	assert_string_equal(sum[0]->name.target, "t");
	assert_int_equal(sum[0]->connections, 18);
	assert_int_equal(sum[0]->fallbacks, 0);
	assert_int_equal(sum[0]->last_used, 0);
	assert_string_equal(sum[1]->name.target, "original");
	assert_int_equal(sum[1]->connections, 4);
	assert_int_equal(sum[1]->fallbacks, 4);
	assert_int_equal(sum[2]->by, UH_BY_PRELOAD);
	assert_int_equal(sum[2]->connections, 3);
	assert_string_equal(sum[3]->name.target, "refuse");
	assert_int_equal(sum[3]->failure[UH_COUNTER_ERRORS - 1], 2);
	uh_counter_totals_begin(sums);
	assert_int_equal(sum[0]->before, 18);
	assert_int_equal(sum[0]->by, UH_BY_KERNEL);
	uh_counter_totals_free(sums);
}

static void test_strange_texts(void **state)
{
	struct uh_counter_total *const *sum;
	struct uh_counter_totals *sums;
	char full[UH_COUNTER_TEXT];
	size_t counted;

	(void)state;
	memset(full, 'x', sizeof(full));
	sums = sums_of(full, sizeof(full), 1);
	sum = uh_counter_totals_finish(sums, &counted);
	assert_int_equal(strlen(sum[0]->name.route), UH_COUNTER_TEXT);
	uh_counter_totals_free(sums);
	sums = sums_of("a\n\xff\x1b", 5, 1);
	assert_string_equal(uh_counter_totals_finish(sums, &counted)[0]->name.route, "a???");
	uh_counter_totals_free(sums);
}

static void test_texts_of_sums(void **state)
{
	struct uh_counter_totals *sums = sums_of("1.2.3.4 programs=a\\\"b", 22, 3);
	size_t counted, size;
	struct uh_counter_total *const *sum = uh_counter_totals_finish(sums, &counted);
	char *text;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	uh_counter_totals_json(out, sum, counted);
	assert_true(uh_counter_totals_table(out, sum, counted, 0, 9, true));
	assert_int_equal(fclose(out), 0);
	assert_string_equal(
	    text, "{\"route\":\"1.2.3.4 "
		  "programs=a\\\\\\\"b\",\"target\":\"t\",\"connections\":3,\"fallbacks\":0,"
		  "\"failures\":{\"ECONNREFUSED\":2},\"last_used\":\"2025-11-24T16:00:00Z\","
		  "\"by\":\"preload\"}\n"
		  "ROUTE                  TARGET  CONNECTIONS  FALLBACKS  FAILED          LAST "
		  "USED (UTC)\n"
		  "1.2.3.4 programs=a\\\"b  t                 3          0  2 ECONNREFUSED  "
		  "2025-11-24 16:00:00\n"
		  "9 more connections, not counted by route: no free slot\n");
	free(text);
	uh_counter_totals_free(sums);
}

/* The id and the description of a table's only route, for 203.0.113.1. */
static uint64_t id_of(struct made *made, char *text)
{
	const struct uh_endpoint asked = made_endpoint("203.0.113.1", 443);
	const struct uh_table_route *route = NULL;
	uint64_t id;

	for (int protocol = UH_TCP; protocol <= UH_UDP; protocol++)
		if (uh_table_find_all(made->table, NULL, &asked, (enum uh_protocol)protocol,
				      NULL, &route, 1) == 1)
			break;
	assert_non_null(route);
	id = route->id;
	uh_table_describe(made->table, route, text, 64);
	made_free(made);
	return id;
}

/* The same wherever it is written and leads; another for anything else. */
static void test_ids(void **state)
{
	char text[64];
	uint64_t id = id_of(MADE_OF({"203.0.113.1:443", .line = 1}), text), other[6];

	(void)state;
	assert_string_equal(text, "203.0.113.1:443");
	assert_true(id == id_of(MADE_OF({"203.0.113.1:443", "192.168.1.1", .line = 9,
					 .on_failure = UH_REFUSE}),
				text));
	other[0] = id_of(MADE_OF({"203.0.113.1"}), text);
	assert_string_equal(text, "203.0.113.1");
	other[1] = id_of(MADE_OF({"203.0.113.1:443", .protocol = UH_UDP}), text);
	assert_string_equal(text, "203.0.113.1:443 udp");
	other[2] = id_of(MADE_OF({"203.0.113.1:443", "192.168.1.1", .protocol = UH_ANY}), text);
	assert_string_equal(text, "203.0.113.1:443 any");
	other[3] = id_of(MADE_OF({"203.0.113.1:443", .programs = {"!b", "a"}}), text);
	assert_string_equal(text, "203.0.113.1:443 programs=!b,a");
	other[4] = id_of(
	    MADE_OF({"203.0.113.1:443", .users = {{1000, 0}, {0, 1}}, .user_count = 2}), text);
	assert_string_equal(text, "203.0.113.1:443 users=!0,1000");
	other[5] = id_of(MADE_OF({"203.0.113.1:443", .programs = {"a"}}), text);
	for (int i = 0; i < 6; i++) {
		assert_true(other[i] != id && other[i] != 0);
		for (int j = 0; j < i; j++)
			assert_true(other[i] != other[j]);
	}
}

static void test_long_descriptions(void **state)
{
	char program[200], text[64];

	(void)state;
	memset(program, 'p', sizeof(program) - 1);
	program[sizeof(program) - 1] = '\0';
	id_of(MADE_OF({"203.0.113.1:443", .programs = {program, "q"}}), text);
	assert_int_equal(strlen(text), sizeof(text) - 1);
	assert_memory_equal(text, "203.0.113.1:443 programs=ppp", 28);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_counts, begin),
	    cmocka_unit_test_setup(test_errors, begin),
	    cmocka_unit_test_setup(test_many_at_once, begin),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test_setup(test_thousands, begin),
	    cmocka_unit_test(test_sums),
	    cmocka_unit_test(test_sums_of_kernel),
	    cmocka_unit_test(test_strange_texts),
	    cmocka_unit_test(test_texts_of_sums),
	    cmocka_unit_test(test_ids),
	    cmocka_unit_test(test_long_descriptions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* test_stats.c: the counters of routes, and how they are added up and written. */
#include "made.h"

#include <pthread.h>
#include <stdio.h>

#include "command/sums.h"
#include "stats.h"

static struct uh_stats stats;

static int begin(void **state)
{
	(void)state;
	memset(&stats, 0, sizeof(stats));
	return 0;
}

static void test_slots(void **state)
{
	struct uh_stats_slot *first, *again, *other;
	bool claimed;

	(void)state;
	first = uh_stats_find(&stats, 5, &claimed);
	assert_true(claimed);
	again = uh_stats_find(&stats, 5, &claimed);
	assert_ptr_equal(first, again);
	assert_false(claimed);
	/* Leads to the same place. */
	other = uh_stats_find(&stats, 5 + UH_STATS_SLOTS, &claimed);
	assert_true(claimed);
	assert_ptr_not_equal(first, other);
	assert_ptr_equal(uh_stats_find(&stats, 5, &claimed), first);
	assert_int_equal(stats.unplaced, 0);
}

/* The window at the end of the slots goes on at their beginning; where it is full nothing is
 * taken from anybody. */
static void test_no_room(void **state)
{
	bool claimed;

	(void)state;
	for (uint64_t i = 1; i <= UH_STATS_WINDOW; i++)
		assert_non_null(
		    uh_stats_find(&stats, i * UH_STATS_SLOTS + UH_STATS_SLOTS - 1, &claimed));
	assert_null(uh_stats_find(&stats, 99 * UH_STATS_SLOTS + UH_STATS_SLOTS - 1, &claimed));
	assert_false(claimed);
	assert_int_equal(stats.unplaced, 1);
	assert_int_equal(stats.slot[0].id, 2 * UH_STATS_SLOTS + UH_STATS_SLOTS - 1);
}

static void test_counts(void **state)
{
	bool claimed;
	struct uh_stats_slot *slot = uh_stats_find(&stats, 7, &claimed);

	(void)state;
	uh_stats_add(slot, 100, 0, false);
	uh_stats_add(slot, 90, ECONNREFUSED, true);
	uh_stats_add(slot, 90, ECONNREFUSED, false);
	assert_int_equal(slot->connections, 3);
	assert_int_equal(slot->fallbacks, 1);
	assert_int_equal(slot->last_used, 100);
	assert_int_equal(UH_STATS_ERROR(slot->failure[0]), ECONNREFUSED);
	assert_int_equal(UH_STATS_COUNT(slot->failure[0]), 2);
	assert_int_equal(slot->failure[1], 0);
}

static void test_many_errors(void **state)
{
	bool claimed;
	struct uh_stats_slot *slot = uh_stats_find(&stats, 7, &claimed);

	(void)state;
	for (int error = 1; error <= 12; error++)
		uh_stats_add(slot, 1, error, false);
	for (int i = 0; i < UH_STATS_ERRORS - 1; i++)
		assert_int_equal(UH_STATS_ERROR(slot->failure[i]), i + 1);
	assert_int_equal(UH_STATS_ERROR(slot->failure[UH_STATS_ERRORS - 1]), UH_STATS_OTHERS);
	assert_int_equal(UH_STATS_COUNT(slot->failure[UH_STATS_ERRORS - 1]), 5);
}

enum { THREADS = 8, TURNS = 20000, ROUTES = 50 };

static void *count(void *claims)
{
	for (unsigned i = 0; i < TURNS; i++) {
		bool claimed;
		struct uh_stats_slot *slot = uh_stats_find(
		    &stats, 1 + (uint64_t)(i % ROUTES) * UH_STATS_SLOTS / 2, &claimed);

		atomic_fetch_add((atomic_uint *)claims, claimed);
		if (slot)
			uh_stats_add(slot, i, i % 3 ? 0 : (int)(i % 10) + 1, i % 2);
	}
	return NULL;
}

/* No connection is counted twice or not at all, and no slot is claimed twice. */
static void test_threads(void **state)
{
	atomic_uint claims = 0;
	pthread_t thread[THREADS];
	uint64_t connections = 0, failures = 0;
	unsigned used = 0;

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, count, &claims), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	for (int i = 0; i < UH_STATS_SLOTS; i++) {
		connections += stats.slot[i].connections;
		used += stats.slot[i].id != 0;
		for (int j = 0; j < UH_STATS_ERRORS; j++)
			failures += UH_STATS_COUNT(stats.slot[i].failure[j]);
	}
	assert_int_equal(claims, used);
	assert_int_equal(connections + stats.unplaced, THREADS * TURNS);
	assert_true(failures > 0 && failures <= THREADS * (TURNS / 3 + 1));
}

/* The sums of one slot with what somebody wrote into it. */
static struct uh_sums *sums_of(const char *text, size_t size, uint64_t connections)
{
	struct uh_sums *sums = uh_sums_new();
	struct uh_stats_slot slot = {.id = 0x1234, .connections = connections};

	slot.failure[0] = (uint64_t)ECONNREFUSED << UH_STATS_ERROR_BIT | 2;
	slot.last_used = 1764000000;
	slot.described = text != NULL;
	if (text)
		memcpy(slot.text, text, size);
	assert_true(uh_sums_add(sums, &slot));
	return sums;
}

static void test_sums(void **state)
{
	struct uh_sums *sums = sums_of("a", 2, 3);
	struct uh_stats_slot slot = {.id = 99, .connections = 4, .described = 1, .text = "a"};
	struct uh_sum *const *sum;
	size_t counted;

	(void)state;
	slot.failure[3] = (uint64_t)ETIMEDOUT << UH_STATS_ERROR_BIT | 1;
	slot.last_used = 1763000000;
	assert_true(uh_sums_add(sums, &slot));
	slot.id = 0;
	assert_true(uh_sums_add(sums, &slot));
	sum = uh_sums_finish(sums, &counted);
	assert_int_equal(counted, 1);
	assert_int_equal(sum[0]->connections, 7);
	assert_int_equal(sum[0]->failed, 3);
	assert_int_equal(sum[0]->last_used, 1764000000);
	uh_sums_begin(sums);
	assert_int_equal(sum[0]->before, 7);
	uh_sums_finish(sums, &counted);
	assert_int_equal(counted, 0);
	uh_sums_free(sums);
}

static void test_strange_texts(void **state)
{
	struct uh_sum *const *sum;
	struct uh_sums *sums;
	char full[UH_STATS_TEXT];
	size_t counted;

	(void)state;
	memset(full, 'x', sizeof(full));
	sums = sums_of(full, sizeof(full), 1);
	sum = uh_sums_finish(sums, &counted);
	assert_int_equal(strlen(sum[0]->text), UH_STATS_TEXT);
	uh_sums_free(sums);
	sums = sums_of("a\n\xff\x1b", 5, 1);
	assert_string_equal(uh_sums_finish(sums, &counted)[0]->text, "a???");
	uh_sums_free(sums);
	sums = sums_of(NULL, 0, 1);
	assert_string_equal(uh_sums_finish(sums, &counted)[0]->text, "route 0000000000001234");
	uh_sums_free(sums);
}

static void test_texts_of_sums(void **state)
{
	struct uh_sums *sums = sums_of("1.2.3.4 programs=a\\\"b", 22, 3);
	size_t counted, size;
	struct uh_sum *const *sum = uh_sums_finish(sums, &counted);
	char *text;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	uh_sums_json(out, sum, counted);
	assert_true(uh_sums_table(out, sum, counted, 0, 9));
	assert_int_equal(fclose(out), 0);
	assert_string_equal(
	    text,
	    "{\"route\":\"1.2.3.4 programs=a\\\\\\\"b\",\"connections\":3,\"fallbacks\":0,"
	    "\"failures\":{\"ECONNREFUSED\":2},\"last_used\":\"2025-11-24T16:00:00Z\"}\n"
	    "ROUTE                  CONNECTIONS  FALLBACKS  FAILED          LAST USED (UTC)\n"
	    "1.2.3.4 programs=a\\\"b            3          0  2 ECONNREFUSED  "
	    "2025-11-24 16:00:00\n"
	    "9 more by routes that there was no room to count\n");
	free(text);
	uh_sums_free(sums);
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
	    cmocka_unit_test_setup(test_slots, begin),
	    cmocka_unit_test_setup(test_no_room, begin),
	    cmocka_unit_test_setup(test_counts, begin),
	    cmocka_unit_test_setup(test_many_errors, begin),
	    cmocka_unit_test_setup(test_threads, begin),
	    cmocka_unit_test(test_sums),
	    cmocka_unit_test(test_strange_texts),
	    cmocka_unit_test(test_texts_of_sums),
	    cmocka_unit_test(test_ids),
	    cmocka_unit_test(test_long_descriptions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

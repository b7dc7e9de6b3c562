/* SPDX-License-Identifier: MIT */
/* test_backoff.c: how long a target that does not answer is left alone. */
#include "made.h"

#include <pthread.h>
#include <time.h>

#include "socket/backoff.h"

static unsigned long long clock_ms;
static bool clock_broken;

/* Stands before libc's. */
int clock_gettime(clockid_t id, struct timespec *now)
{
	(void)id;
	*now = (struct timespec){(time_t)(clock_ms / 1000), (long)(clock_ms % 1000 * 1000000)};
	return clock_broken ? -1 : 0;
}

static void set_times(struct made *made, uint32_t after, uint32_t limit)
{
	struct uh_table_settings settings = uh_default_settings;

	settings.retry_after_ms = after;
	settings.retry_limit_ms = limit;
	assert_int_equal(uh_builder_settings(made->builder, &settings, "journal"), 0);
}

static const struct uh_socket stream = {.type = SOCK_STREAM}, datagram = {.type = SOCK_DGRAM};

/* A table of one route to these targets, each to be tried by a stream socket. */
static struct made *begin(const char *targets, uint32_t after, uint32_t limit)
{
	struct made *made = made_new();

	clock_ms = 1000000;
	assert_int_equal(MADE_ADD(made, "203.0.113.1", targets), 0);
	set_times(made, after, limit);
	made_table(made);
	return made;
}

static struct uh_target_attempt try_of(const struct made *made, uint32_t i,
				       struct uh_failure *failure)
{
	static const struct uh_endpoint asked = {.port = 443};
	const struct uh_table_route *route = uh_table_route(made->table, 0);

	*failure = (struct uh_failure){.error = ECONNREFUSED};
	return (struct uh_target_attempt){.table = made->table,
					  .route = route,
					  .target = uh_table_target(made->table, route, i),
					  .socket = &stream,
					  .asked = &asked,
					  .destination = &asked,
					  .failure = failure};
}

static bool rests(const struct uh_target_attempt *attempt)
{
	return uh_backoff_is_active(uh_backoff_find(attempt));
}

static bool fails(const struct uh_target_attempt *attempt)
{
	return uh_backoff_fail(attempt, uh_backoff_find(attempt));
}

/* The milliseconds from now until the target is asked again. */
static unsigned rest_of(const struct uh_target_attempt *attempt)
{
	unsigned long long begin = clock_ms;

	while (rests(attempt))
		clock_ms++;
	return (unsigned)(clock_ms - begin);
}

static void test_grows_to_the_limit(void **state)
{
	static const unsigned expected[] = {100, 200, 400, 800, 1000, 1000};
	struct made *made = begin("unix:/a", 100, 1000);
	struct uh_failure failure;
	struct uh_target_attempt attempt = try_of(made, 0, &failure);

	(void)state;
	assert_false(rests(&attempt));
	assert_false(uh_backoff_succeed(&attempt));
	for (unsigned i = 0; i < 6; i++) {
		assert_int_equal(fails(&attempt), i == 0);
		assert_int_equal(rest_of(&attempt), expected[i]);
	}
	for (unsigned i = 0; i < 40; i++)
		fails(&attempt);
	assert_int_equal(rest_of(&attempt), 1000);
	assert_true(uh_backoff_succeed(&attempt));
	assert_false(uh_backoff_succeed(&attempt));
	assert_int_equal(uh_backoff_find(&attempt), 0);
	assert_true(fails(&attempt));
	assert_int_equal(rest_of(&attempt), 100);
	assert_true(uh_backoff_succeed(&attempt));
	made_free(made);
}

static void test_settings(void **state)
{
	struct made *made = begin("unix:/a", 0, 1000);
	struct uh_failure failure;
	struct uh_target_attempt attempt = try_of(made, 0, &failure);

	(void)state;
	assert_true(fails(&attempt));
	assert_false(rests(&attempt));
	assert_false(fails(&attempt)); /* told once all the same */
	assert_true(uh_backoff_succeed(&attempt));
	made_free(made);
	made = begin("unix:/a", 500, 10);
	attempt = try_of(made, 0, &failure);
	for (unsigned i = 0; i < 3; i++) {
		fails(&attempt);
		assert_int_equal(rest_of(&attempt), 500);
	}
	assert_true(uh_backoff_succeed(&attempt));
	made_free(made);
}

/* A port of the asking connection, a kind of socket, one byte of a name: another target. */
static void test_targets_are_told_apart(void **state)
{
	struct made *made =
	    begin("unix:/a unix:@a unix:/aa 192.0.2.1 192.0.2.1:444 [::1]:443", 100, 1000);
	const struct uh_endpoint asked = {.port = 444};
	struct uh_failure failure;

	(void)state;
	for (uint32_t i = 0; i < 6; i++) {
		struct uh_target_attempt attempt = try_of(made, i, &failure);

		for (uint32_t j = 0; j < 6; j++) {
			struct uh_target_attempt other = try_of(made, j, &failure);

			assert_false(rests(&other));
		}
		assert_true(fails(&attempt));
		assert_true(rests(&attempt));
		if (i == 3) {
			attempt.socket = &datagram;
			assert_false(rests(&attempt));
			attempt.socket = &stream;
			attempt.asked = &asked;
			assert_false(rests(&attempt));
			attempt = try_of(made, i, &failure);
		}
		assert_true(uh_backoff_succeed(&attempt));
	}
	made_free(made);
}

/* One dead socket of a range does not put the others in back-off. */
static void test_paths_are_told_apart(void **state)
{
	struct made *made = begin("unix:/run/%a-%p unix:/run/192.0.2.1-80", 100, 1000);
	const struct uh_endpoint asked[] = {made_endpoint("192.0.2.1", 80),
					    made_endpoint("192.0.2.1", 81),
					    made_endpoint("192.0.2.2", 80)};
	struct uh_failure failure;
	struct uh_target_attempt attempt = try_of(made, 0, &failure), same;

	(void)state;
	attempt.destination = &asked[0];
	assert_true(fails(&attempt));
	assert_true(rests(&attempt));
	for (int i = 1; i < 3; i++) {
		attempt.destination = &asked[i];
		assert_false(rests(&attempt));
	}
	same = try_of(made, 1, &failure); /* the same path, without a variable */
	assert_true(rests(&same));
	assert_true(uh_backoff_succeed(&same));
	made_free(made);
}

/* What one route's peer_user says of a target is nothing to a route without. */
static void test_users_are_told_apart(void **state)
{
	struct made *made = made_new();
	struct uh_failure failure;
	struct uh_target_attempt attempt[3];

	(void)state;
	assert_int_equal(
	    MADE_ADD(made, "203.0.113.1", "unix:/a", .peers = {{0, 0}}, .peer_count = 1), 0);
	assert_int_equal(MADE_ADD(made, "203.0.113.2", "unix:/a", .peers = {{0, 0}, {1, 0}},
				  .peer_count = 2),
			 0);
	assert_int_equal(MADE_ADD(made, "203.0.113.3", "unix:/a"), 0);
	set_times(made, 100, 1000);
	made_table(made);
	for (uint32_t i = 0; i < 3; i++) {
		attempt[i] = try_of(made, 0, &failure);
		attempt[i].route = uh_table_route(made->table, i);
	}
	for (uint32_t i = 0; i < 3; i++) {
		assert_true(fails(&attempt[i]));
		for (uint32_t j = 0; j < 3; j++)
			assert_int_equal(rests(&attempt[j]), i == j);
		assert_true(uh_backoff_succeed(&attempt[i]));
	}
	made_free(made);
}

static void test_kinds_of_failure(void **state)
{
	static const int own[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM, EINTR, EADDRNOTAVAIL};
	struct made *made = begin("unix:/a", 100, 1000);
	struct uh_failure failure;
	struct uh_target_attempt attempt = try_of(made, 0, &failure);

	(void)state;
	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++) {
		failure.error = own[i];
		assert_false(fails(&attempt));
		assert_false(rests(&attempt));
	}
	failure.error = ECONNREFUSED;
	assert_true(fails(&attempt));
	assert_false(uh_backoff_timed_out(uh_backoff_find(&attempt)));
	failure.wrong_peer = true;
	assert_true(fails(&attempt));
	assert_false(fails(&attempt));
	failure = (struct uh_failure){.error = ETIMEDOUT};
	assert_false(fails(&attempt));
	assert_true(uh_backoff_timed_out(uh_backoff_find(&attempt)));
	assert_true(uh_backoff_succeed(&attempt));
	made_free(made);
}

/* Two that asked before either knew: the rest is lengthened, and told, once. */
static void test_at_the_same_time(void **state)
{
	struct made *made = begin("unix:/a", 100, 1000);
	struct uh_failure failure;
	struct uh_target_attempt attempt = try_of(made, 0, &failure);
	uint64_t known;

	(void)state;
	assert_true(uh_backoff_fail(&attempt, 0));
	assert_false(uh_backoff_fail(&attempt, 0));
	assert_int_equal(rest_of(&attempt), 100);
	known = uh_backoff_find(&attempt);
	uh_backoff_fail(&attempt, known);
	uh_backoff_fail(&attempt, known);
	assert_int_equal(rest_of(&attempt), 200);
	assert_true(uh_backoff_succeed(&attempt));
	made_free(made);
}

static void test_without_a_clock(void **state)
{
	struct made *made = begin("unix:/a", 100, 1000);
	struct uh_failure failure;
	struct uh_target_attempt attempt = try_of(made, 0, &failure);

	(void)state;
	assert_true(fails(&attempt));
	clock_broken = true;
	assert_false(rests(&attempt));
	fails(&attempt);
	assert_false(rests(&attempt));
	clock_broken = false;
	assert_true(uh_backoff_succeed(&attempt));
	made_free(made);
}

enum { MANY = 3000 };

/* More than there is room for: some are asked each time, and each that rests is told once. */
static void test_many(void **state)
{
	struct made *made = made_new();
	struct uh_failure failure;
	unsigned resting = 0, again = 0;
	char at[32], to[32];

	(void)state;
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(at, sizeof(at), "10.0.%u.%u", i / 256, i % 256);
		snprintf(to, sizeof(to), "unix:/%u", i);
		assert_int_equal(MADE_ADD(made, at, to), 0);
	}
	set_times(made, 100, 1000);
	made_table(made);
	for (unsigned i = 0; i < MANY; i++) {
		struct uh_target_attempt attempt = try_of(made, 0, &failure);

		attempt.target =
		    uh_table_target(made->table, uh_table_route(made->table, i), 0);
		resting += fails(&attempt);
		again += fails(&attempt);
	}
	assert_in_range(resting, 900, 1024);
	assert_int_equal(again, 0);
	clock_ms += 10000; /* the rests are over: their places can be taken */
	for (unsigned i = 0; i < MANY; i++) {
		struct uh_target_attempt attempt = try_of(made, 0, &failure);

		attempt.target =
		    uh_table_target(made->table, uh_table_route(made->table, i), 0);
		fails(&attempt);
		uh_backoff_succeed(&attempt);
		assert_false(rests(&attempt));
	}
	made_free(made);
}

static void *fail_and_answer(void *made)
{
	for (unsigned i = 0; i < 20000; i++) {
		struct uh_failure failure;
		struct uh_target_attempt attempt = try_of(made, i % 2, &failure);

		fails(&attempt);
		rests(&attempt);
		uh_backoff_succeed(&attempt);
	}
	return NULL;
}

static void test_threads(void **state)
{
	struct made *made = begin("unix:/a unix:/b", 100, 1000);
	struct uh_failure failure;
	pthread_t thread[4];

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, fail_and_answer, made), 0);
	for (unsigned i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	for (uint32_t i = 0; i < 2; i++) {
		struct uh_target_attempt attempt = try_of(made, i, &failure);

		uh_backoff_succeed(&attempt);
		assert_int_equal(uh_backoff_find(&attempt), 0);
	}
	made_free(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_grows_to_the_limit),
	    cmocka_unit_test(test_settings),
	    cmocka_unit_test(test_targets_are_told_apart),
	    cmocka_unit_test(test_paths_are_told_apart),
	    cmocka_unit_test(test_users_are_told_apart),
	    cmocka_unit_test(test_kinds_of_failure),
	    cmocka_unit_test(test_at_the_same_time),
	    cmocka_unit_test(test_without_a_clock),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests_name("rests", tests, NULL, NULL);
}

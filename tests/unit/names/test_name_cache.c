/* SPDX-License-Identifier: MIT */
/* test_name_cache.c: what is kept of look-ups, and what libc is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "names/name_query.h"

static struct uh_known_name known_for(unsigned number)
{
	struct uh_known_name known = {.asked = 1, .reals = 1};

	snprintf(known.name, sizeof(known.name), "n%u.example.com", number);
	for (int family = 0; family < UH_FAMILIES; family++) {
		memcpy(&known.stand_in[family].byte[8], &number, sizeof(number));
		known.stand_in[family].byte[0] = (unsigned char)(1 + family);
	}
	memcpy(&known.real[0].byte[4], &number, sizeof(number));
	return known;
}

static void expect_known(unsigned number)
{
	struct uh_known_name wanted = known_for(number), got;

	assert_true(uh_known_by_name(wanted.name, &got));
	assert_memory_equal(&got, &wanted, sizeof(got));
	for (int family = 0; family < UH_FAMILIES; family++) {
		assert_true(uh_known_by_address(&wanted.stand_in[family], &got));
		assert_string_equal(got.name, wanted.name);
	}
}

static void test_nothing_known(void **state)
{
	struct uh_address address = {{1}};
	struct uh_known_name got;

	(void)state;
	assert_false(uh_known_any());
	assert_false(uh_known_by_name("api.example.com", &got));
	assert_false(uh_known_by_address(&address, &got));
}

static void test_put_and_find(void **state)
{
	struct uh_known_name again = known_for(2), got = {.reals = 9};

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		struct uh_known_name known = known_for(i);

		uh_known_put(&known);
	}
	assert_true(uh_known_any());
	for (unsigned i = 0; i < 5; i++)
		expect_known(i);
	again.reals = 0;
	uh_known_put(&again);
	assert_true(uh_known_by_name(again.name, &got));
	assert_int_equal(got.reals, 0);
	expect_known(1);
	expect_known(3);
}

/* The room is bounded: the last are there, the first may have gone. */
static void test_many(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3 * UH_KNOWN_NAMES; i++) {
		struct uh_known_name known = known_for(i);

		uh_known_put(&known);
	}
	for (unsigned i = 2 * UH_KNOWN_NAMES + 8; i < 3 * UH_KNOWN_NAMES; i++)
		expect_known(i);
}

static atomic_bool ended;

/* Whole or not at all: the number in the name is the one in the addresses. */
static void *read_on(void *wrong)
{
	while (!atomic_load(&ended))
		for (unsigned i = 0; i < 8; i++) {
			struct uh_known_name wanted = known_for(i), got;

			if (uh_known_by_address(&wanted.stand_in[0], &got) &&
			    memcmp(&got, &wanted, sizeof(got)) != 0)
				atomic_fetch_add((atomic_int *)wrong, 1);
		}
	return NULL;
}

static void test_threads(void **state)
{
	pthread_t reader[3];
	atomic_int wrong = 0;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&reader[i], NULL, read_on, &wrong), 0);
	for (unsigned i = 0; i < 20000; i++) {
		struct uh_known_name known = known_for(i % 8);

		uh_known_put(&known);
	}
	atomic_store(&ended, true);
	for (int i = 0; i < 3; i++)
		pthread_join(reader[i], NULL);
	assert_int_equal(wrong, 0);
}

/* Whatever the length, libc reads the number, and keeps a text as long as was asked for. */
static void test_literals(void **state)
{
	static const char *const address[] = {"240.1.2.3", "10.0.0.255", "2001:db8:ffff::1",
					      "fd00::20"};
	const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_CANONNAME};
	struct uh_name_query look_up;
	char text[UH_LITERAL];

	(void)state;
	for (size_t i = 0; i < sizeof(address) / sizeof(*address); i++)
		for (size_t length = 0; length <= UH_NAME_MAX + 2; length++) {
			struct uh_endpoint endpoint;
			struct addrinfo *list;

			assert_true(uh_address_parse(address[i], &look_up.address[0]));
			assert_ptr_equal(uh_name_query_literal(&look_up, 0, length, text),
					 text);
			assert_true(strlen(text) >= length);
			assert_int_equal(getaddrinfo(text, "80", &hints, &list), 0);
			assert_true(uh_endpoint_from_sockaddr(list->ai_addr, list->ai_addrlen,
							      &endpoint));
			assert_memory_equal(&endpoint.address, &look_up.address[0], 16);
			assert_int_equal(endpoint.scope_id, 0);
			assert_true(strlen(list->ai_canonname) >= length);
			freeaddrinfo(list);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nothing_known), cmocka_unit_test(test_put_and_find),
	    cmocka_unit_test(test_many),	  cmocka_unit_test(test_threads),
	    cmocka_unit_test(test_literals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

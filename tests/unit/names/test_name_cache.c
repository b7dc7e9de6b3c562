/* SPDX-License-Identifier: MIT */
/* test_name_cache.c: the cache of names, its index, and the numbers that stand for names. */
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

#include "base/hash.h"
#include "names/name_query.h"

/* Stand-ins differ in their last bytes, as those of one pool do. */
static struct uh_cached_name name_of(unsigned number)
{
	struct uh_cached_name name = {.asked = 1, .reals = 1};
	const uint32_t bytes = htonl(number);

	snprintf(name.name, sizeof(name.name), "n%u.example.com", number);
	assert_true(uh_address_parse("240.0.0.0", &name.stand_in[UH_IPV4]));
	assert_true(uh_address_parse("2001:db8:ffff::", &name.stand_in[UH_IPV6]));
	for (int family = 0; family < UH_FAMILIES; family++)
		for (int i = 1; i < 4; i++)
			name.stand_in[family].byte[12 + i] = ((const unsigned char *)&bytes)[i];
	memcpy(&name.real[0].byte[4], &number, sizeof(number));
	return name;
}

static void expect_found(unsigned number)
{
	struct uh_cached_name wanted = name_of(number), got;

	assert_true(uh_name_cache_find(wanted.name, &got));
	assert_memory_equal(&got, &wanted, sizeof(got));
	for (int family = 0; family < UH_FAMILIES; family++) {
		assert_true(uh_name_cache_find_stand_in(&wanted.stand_in[family], &got));
		assert_string_equal(got.name, wanted.name);
	}
}

static void test_empty(void **state)
{
	struct uh_address address = {{1}};
	struct uh_cached_name got;

	(void)state;
	assert_false(uh_name_cache_any());
	assert_false(uh_name_cache_find("api.example.com", &got));
	assert_false(uh_name_cache_find_stand_in(&address, &got));
}

static void test_put_and_find(void **state)
{
	struct uh_cached_name again = name_of(2), got = {.reals = 9};

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		struct uh_cached_name name = name_of(i);

		uh_name_cache_put(&name);
	}
	assert_true(uh_name_cache_any());
	for (unsigned i = 0; i < 5; i++)
		expect_found(i);
	again.reals = 0;
	uh_name_cache_put(&again);
	assert_true(uh_name_cache_find(again.name, &got));
	assert_int_equal(got.reals, 0);
	expect_found(1);
	expect_found(3);
}

static void expect_gone(unsigned number)
{
	struct uh_cached_name wanted = name_of(number), got;

	assert_false(uh_name_cache_find(wanted.name, &got));
	for (int family = 0; family < UH_FAMILIES; family++)
		assert_false(uh_name_cache_find_stand_in(&wanted.stand_in[family], &got));
}

static void put(unsigned number)
{
	struct uh_cached_name name = name_of(number);

	uh_name_cache_put(&name);
}

/* In a full cache each new name replaces the oldest name, and no other. */
static void test_eviction(void **state)
{
	const unsigned first = 1000;

	(void)state;
	for (unsigned i = first; i < first + 3 * UH_CACHED_NAMES; i++) {
		put(i);
		expect_found(i);
		if (i >= first + UH_CACHED_NAMES) {
			expect_gone(i - UH_CACHED_NAMES);
			expect_found(i - UH_CACHED_NAMES + 1);
		}
	}
	for (unsigned i = first + 2 * UH_CACHED_NAMES; i < first + 3 * UH_CACHED_NAMES; i++)
		expect_found(i);
}

/* To store a cached name again replaces no other name. */
static void test_overwriting(void **state)
{
	(void)state;
	for (unsigned i = 5000; i < 5000 + UH_CACHED_NAMES; i++)
		put(i);
	for (unsigned round = 0; round < 3 * UH_CACHED_NAMES; round++)
		put(5000 + round % 7);
	for (unsigned i = 5000; i < 5000 + UH_CACHED_NAMES; i++)
		expect_found(i);
}

/* If the routes change, a name gets other stand-ins. The former ones are then not found. */
static void test_other_stand_ins(void **state)
{
	struct uh_cached_name name = name_of(9000), other = name_of(9001), got;

	(void)state;
	uh_name_cache_put(&name);
	memcpy(name.stand_in, other.stand_in, sizeof(name.stand_in));
	uh_name_cache_put(&name);
	assert_true(uh_name_cache_find_stand_in(&other.stand_in[UH_IPV6], &got));
	assert_string_equal(got.name, name.name);
	other = name_of(9000);
	assert_false(uh_name_cache_find_stand_in(&other.stand_in[UH_IPV6], &got));
}

/* The bucket that name_cache.c selects for a name. */
static unsigned bucket_of(const char *name)
{
	return uh_hash_bytes(0, name, strlen(name)) % 512;
}

/* If more names have one bucket than it holds, the last ones are found. */
static void test_full_bucket(void **state)
{
	enum { NAMES = 40, KEPT = 12 };
	unsigned number[NAMES], found = 0, there = 0;

	(void)state;
	for (unsigned i = 20000; found < NAMES; i++) {
		struct uh_cached_name name = name_of(i), got;

		if (bucket_of(name.name) != 7)
			continue;
		number[found++] = i;
		uh_name_cache_put(&name);
		assert_true(uh_name_cache_find(name.name, &got));
	}
	for (unsigned i = 0; i < NAMES; i++) {
		struct uh_cached_name wanted = name_of(number[i]), got;

		there += uh_name_cache_find(wanted.name, &got);
		assert_true(i < NAMES - KEPT || uh_name_cache_find(wanted.name, &got));
	}
	assert_in_range(there, KEPT, 16);
}

static atomic_bool ended;

/* Finds names that are always cached, and names that are replaced again and again. */
static void *read_on(void *wrong)
{
	while (!atomic_load(&ended))
		for (unsigned i = 0; i < 2048; i++) {
			struct uh_cached_name wanted = name_of(i), got;

			if (uh_name_cache_find_stand_in(&wanted.stand_in[i % 2], &got) &&
			    memcmp(&got, &wanted, sizeof(got)) != 0)
				atomic_fetch_add((atomic_int *)wrong, 1);
			if (uh_name_cache_find(wanted.name, &got) &&
			    memcmp(&got, &wanted, sizeof(got)) != 0)
				atomic_fetch_add((atomic_int *)wrong, 1);
		}
	return NULL;
}

static void *write_on(void *first)
{
	for (unsigned i = 0; i < 20000; i++) {
		put(i % 8);
		put((i * 7 + *(const unsigned *)first) % 2048);
	}
	return NULL;
}

/* While other threads write, a reader gets a complete entry or none. */
static void test_threads(void **state)
{
	static const unsigned first[2] = {0, 1024};
	pthread_t reader[2], writer[2];
	atomic_int wrong = 0;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pthread_create(&reader[i], NULL, read_on, &wrong), 0);
		assert_int_equal(pthread_create(&writer[i], NULL, write_on, (void *)&first[i]),
				 0);
	}
	for (int i = 0; i < 2; i++)
		pthread_join(writer[i], NULL);
	atomic_store(&ended, true);
	for (int i = 0; i < 2; i++)
		pthread_join(reader[i], NULL);
	assert_int_equal(wrong, 0);
	for (unsigned i = 30000; i < 30000 + UH_CACHED_NAMES; i++) {
		put(i);
		expect_found(i);
	}
}

/* libc reads a number of any length, and keeps a canonical name of at least that length. */
static void test_numbers(void **state)
{
	static const char *const address[] = {"240.1.2.3", "10.0.0.255", "2001:db8:ffff::1",
					      "fd00::20"};
	const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_CANONNAME};
	struct uh_name_query query;
	char text[UH_NUMBER];

	(void)state;
	for (size_t i = 0; i < sizeof(address) / sizeof(*address); i++)
		for (size_t length = 0; length <= UH_NAME_MAX + 2; length++) {
			struct uh_endpoint endpoint;
			struct addrinfo *list;

			assert_true(uh_address_parse(address[i], &query.address[0]));
			assert_ptr_equal(uh_names_number(&query, 0, length, text), text);
			assert_true(strlen(text) >= length);
			assert_int_equal(getaddrinfo(text, "80", &hints, &list), 0);
			assert_true(uh_endpoint_from_sockaddr(list->ai_addr, list->ai_addrlen,
							      &endpoint));
			assert_memory_equal(&endpoint.address, &query.address[0], 16);
			assert_int_equal(endpoint.scope_id, 0);
			assert_true(strlen(list->ai_canonname) >= length);
			freeaddrinfo(list);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_empty),	    cmocka_unit_test(test_put_and_find),
	    cmocka_unit_test(test_eviction),	    cmocka_unit_test(test_overwriting),
	    cmocka_unit_test(test_other_stand_ins), cmocka_unit_test(test_full_bucket),
	    cmocka_unit_test(test_threads),	    cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* test_name_answer.c: routes by name, answers to look-ups, and stand-in addresses. */
#include "made.h"

#include "table/name_answer.h"

/* Returns the line of the route of a name and port, or 0 for none. */
static unsigned route_of(const struct made *made, const char *name, unsigned port,
			 enum uh_protocol protocol)
{
	struct uh_endpoint endpoint = {.port = (uint16_t)port};
	const struct uh_table_route *route[8];

	if (!uh_table_find_all(made->table, name, &endpoint, protocol, NULL, route, 8))
		return 0;
	return route[0]->line;
}

static struct uh_answer answer(const struct made *made, const char *name)
{
	return uh_table_answer(made->table, name, UH_ANY, NULL);
}

static void expect_address(const struct made *made, const char *name, const char *expected)
{
	struct uh_answer got = answer(made, name);
	char text[UH_ADDRESS_TEXT];

	assert_int_equal(got.kind, UH_ANSWER_ADDRESS);
	assert_string_equal(uh_address_format(&got.address, text), expected);
}

static void test_most_specific(void **state)
{
	struct made *made = MADE_OF(
	    {"api.example.com:443", .line = 1}, {"API.example.com", .line = 2},
	    {"*.example.com:443", .line = 3}, {"*.svc.example.com:8000-8099", .line = 4},
	    {"*.example.com", .line = 5}, {"*.com:25", .line = 6});

	(void)state;
	assert_int_equal(route_of(made, "api.example.com", 443, UH_TCP), 1);
	assert_int_equal(route_of(made, "api.example.com", 80, UH_TCP), 2);
	assert_int_equal(route_of(made, "www.example.com", 443, UH_TCP), 3);
	assert_int_equal(route_of(made, "a.b.example.com", 443, UH_TCP), 3);
	assert_int_equal(route_of(made, "a.svc.example.com", 8050, UH_TCP), 4);
	assert_int_equal(route_of(made, "a.svc.example.com", 443, UH_TCP), 3);
	assert_int_equal(route_of(made, "a.b.svc.example.com", 8000, UH_TCP), 4);
	assert_int_equal(route_of(made, "svc.example.com", 8050, UH_TCP), 5);
	assert_int_equal(route_of(made, "www.example.com", 25, UH_TCP), 5);
	assert_int_equal(route_of(made, "a.com", 25, UH_TCP), 6);
	assert_int_equal(route_of(made, "example.com", 443, UH_TCP), 0);
	assert_int_equal(route_of(made, "com", 25, UH_TCP), 0);
	assert_int_equal(route_of(made, "notexample.com", 443, UH_TCP), 0);
	assert_int_equal(route_of(made, "api.example.com", 443, UH_UDP), 0);
	made_free(made);
}

static void test_shadowed(void **state)
{
	struct made *made =
	    MADE_OF({"*.com", .line = 3}, {"a.b.com", .line = 1}, {"*.b.com", .line = 2});
	const struct uh_table_route *route[4];
	struct uh_endpoint endpoint = {.port = 1};

	(void)state;
	assert_int_equal(
	    uh_table_find_all(made->table, "a.b.com", &endpoint, UH_TCP, NULL, route, 4), 3);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(route[i]->line, i + 1);
	made_free(made);
}

/* A broadcast address is never a stand-in; its neighbours may be. */
static void test_broadcast(void **state)
{
	struct made *made = MADE_OF({"api.example.com"});
	struct uh_endpoint all = made_endpoint("255.255.255.255", 67);
	struct uh_endpoint near = made_endpoint("255.255.255.254", 67);
	const struct uh_table_route *route;

	(void)state;
	assert_false(uh_table_in_pool(made->table, &all.address));
	assert_null(uh_table_stands_for(made->table, &all.address));
	assert_false(uh_table_concerns(made->table, &all, UH_ANY, NULL, &route));
	assert_true(uh_table_concerns(made->table, &near, UH_ANY, NULL, &route));
	made_free(made);
}

static void test_duplicates(void **state)
{
	struct made *made = made_new();

	(void)state;
	MADE_ADD(made, "api.example.com:443", .line = 1);
	assert_int_equal(MADE_ADD(made, "API.EXAMPLE.COM.:443", .line = 2), -1);
	assert_non_null(strstr(made->faults.text,
			       "route \"API.EXAMPLE.COM.:443\" is already given at a.conf:1"));
	assert_int_equal(MADE_ADD(made, "*.example.com:443", .line = 3), 0);
	assert_int_equal(MADE_ADD(made, "*.example.com:443", .line = 4), -1);
	made_free(made);
}

static void test_one_address(void **state)
{
	struct made *made =
	    MADE_OF({"all.example.com", "192.168.1.20"}, {"six.example.com", "fd00::20"},
		    {"parts.example.com:1-99", "192.168.1.20"},
		    {"parts.example.com:100-65535", "192.168.1.20"},
		    {"both.example.com", "192.168.1.20", UH_ANY},
		    {"*.svc.example.com", "192.168.1.21"});

	(void)state;
	expect_address(made, "all.example.com", "192.168.1.20");
	expect_address(made, "six.example.com", "fd00::20");
	expect_address(made, "parts.example.com", "192.168.1.20");
	expect_address(made, "both.example.com", "192.168.1.20");
	expect_address(made, "x.svc.example.com", "192.168.1.21");
	assert_int_equal(answer(made, "other.example.com").kind, UH_ANSWER_NONE);
	made_free(made);
}

/*
 * A stand-in is needed if the targets depend on the port or are not addresses. Also tells if
 * DNS may be needed.
 */
static void test_stand_ins(void **state)
{
	static const struct {
		const char *name;
		bool may_need_real, some_direct;
	} expected[] = {
	    {"port.example.com", true, true},	  {"unix.example.com", true, false},
	    {"refuse.example.com", false, false}, {"list.example.com", true, false},
	    {"other.example.com", true, false},	  {"partly.example.com", true, true},
	    {"split.example.com", false, false},  {"udp.example.com", false, false},
	};
	struct made *made =
	    MADE_OF({"port.example.com:443", "192.168.1.20", .on_failure = UH_REFUSE},
		    {"unix.example.com", "unix:/a"},
		    {"refuse.example.com", "unix:/a", .on_failure = UH_REFUSE},
		    {"list.example.com", "192.168.1.20 192.168.1.21"},
		    {"other.example.com", "192.168.1.20:8080"},
		    {"partly.example.com", "192.168.1.20"}, {"partly.example.com:22", "direct"},
		    {"split.example.com:1-79", "unix:/a", .on_failure = UH_REFUSE},
		    {"split.example.com:80-65535", "unix:/b", .on_failure = UH_REFUSE},
		    {"udp.example.com", "unix:/a", .on_failure = UH_REFUSE},
		    {"udp.example.com", "192.168.1.20", UH_UDP, .on_failure = UH_REFUSE});

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
		struct uh_answer got = answer(made, expected[i].name);

		if (got.kind != UH_ANSWER_STAND_IN)
			fail_msg("%s: %d", expected[i].name, (int)got.kind);
		if (got.may_need_real != expected[i].may_need_real)
			fail_msg("%s: DNS", expected[i].name);
		if (got.some_direct != expected[i].some_direct)
			fail_msg("%s: direct", expected[i].name);
	}
	made_free(made);
}

static void test_direct_and_protocols(void **state)
{
	struct made *made = MADE_OF({"*.example.com", "unix:/a"}, {"out.example.com", "direct"},
				    {"u.example.org", "192.168.1.20", UH_UDP});

	(void)state;
	assert_int_equal(answer(made, "out.example.com").kind, UH_ANSWER_NONE);
	assert_int_equal(answer(made, "in.example.com").kind, UH_ANSWER_STAND_IN);
	assert_int_equal(uh_table_answer(made->table, "in.example.com", UH_UDP, NULL).kind,
			 UH_ANSWER_NONE);
	assert_int_equal(uh_table_answer(made->table, "u.example.org", UH_TCP, NULL).kind,
			 UH_ANSWER_NONE);
	assert_int_equal(uh_table_answer(made->table, "u.example.org", UH_UDP, NULL).kind,
			 UH_ANSWER_ADDRESS);
	made_free(made);
}

static uid_t user_7(void)
{
	return 7;
}

/* Routes for other programs do not count. */
/* A refused name has a stand-in, and DNS is not asked. */
static void test_refused(void **state)
{
	struct made *made = MADE_OF({"a.example.com", "refuse"}, {"b.example.com:25", "refuse"},
				    {"b.example.com", "192.168.1.20"});
	struct uh_answer got = answer(made, "a.example.com");

	(void)state;
	assert_int_equal(got.kind, UH_ANSWER_STAND_IN);
	assert_false(got.may_need_real);
	assert_int_equal(answer(made, "b.example.com").kind, UH_ANSWER_STAND_IN);
	made_free(made);
}

static void test_for_some(void **state)
{
	struct made *made =
	    MADE_OF({"api.example.com", "unix:/a", .users = {{.id = 8}}, .user_count = 1},
		    {"api.example.com:443", "unix:/a", .programs = {"curl"}},
		    {"www.example.com", "192.168.1.20", .users = {{.id = 7}}, .user_count = 1},
		    {"www.example.com", "192.168.1.21"});
	unsigned char nothing[1] = {0};
	struct uh_self self = {nothing, user_7, false};
	struct uh_answer got;
	char text[UH_ADDRESS_TEXT];

	(void)state;
	assert_int_equal(uh_table_answer(made->table, "api.example.com", UH_ANY, &self).kind,
			 UH_ANSWER_NONE);
	got = uh_table_answer(made->table, "www.example.com", UH_ANY, &self);
	assert_int_equal(got.kind, UH_ANSWER_ADDRESS);
	assert_string_equal(uh_address_format(&got.address, text), "192.168.1.20");
	made_free(made);
}

static struct uh_address stand_in(const struct made *made, const char *name,
				  enum uh_family family)
{
	return uh_table_stand_in(made->table, name, family, 0);
}

/* A stand-in lies in the pool, leads back to its name, and has the routes of the name. */
static void test_back_to_the_name(void **state)
{
	struct made *made =
	    MADE_OF({"api.example.com:443", .line = 1}, {"*.example.com:443", .line = 2},
		    {"*.example.com:80", .line = 3});

	const struct uh_table_route *route;

	(void)state;
	for (int family = 0; family < UH_FAMILIES; family++) {
		struct uh_endpoint one = {stand_in(made, "api.example.com", family), 0, 443};
		struct uh_endpoint two = {stand_in(made, "www.example.com", family), 0, 443};
		struct uh_endpoint three = {stand_in(made, "x.example.com", family), 0, 443};

		assert_int_equal(uh_address_is_v4(&one.address), family == UH_IPV4);
		assert_true(uh_table_in_pool(made->table, &one.address));
		assert_true(uh_table_in_pool(made->table, &two.address));
		assert_memory_not_equal(&two.address, &three.address, sizeof(two.address));
		assert_string_equal(uh_table_stands_for(made->table, &one.address),
				    "api.example.com");
		assert_string_equal(uh_table_stands_for(made->table, &two.address),
				    "*.example.com");
		assert_int_equal(uh_table_find(made->table, &one, UH_TCP, NULL)->line, 1);
		assert_int_equal(uh_table_find(made->table, &two, UH_TCP, NULL)->line, 2);
		one.port = two.port = 80;
		assert_int_equal(uh_table_find(made->table, &one, UH_TCP, NULL)->line, 3);
		assert_int_equal(uh_table_find(made->table, &two, UH_TCP, NULL)->line, 3);
		one.port = 81;
		assert_null(uh_table_find(made->table, &one, UH_TCP, NULL));
		assert_true(uh_table_concerns(made->table, &one, UH_TCP, NULL, &route));
		assert_null(route);
	}
	made_free(made);
}

/* An address that no name has is not a stand-in, but belongs to the pool. */
static void test_unknown(void **state)
{
	struct made *made = MADE_OF({"api.example.com:443"}, {"203.0.113.1"});
	struct uh_endpoint unknown = made_endpoint("240.0.0.7", 443);
	struct uh_endpoint outside = made_endpoint("239.0.0.7", 443);
	const struct uh_table_route *route;

	(void)state;
	assert_null(uh_table_stands_for(made->table, &unknown.address));
	assert_true(uh_table_concerns(made->table, &unknown, UH_TCP, NULL, &route));
	assert_null(uh_table_find(made->table, &unknown, UH_TCP, NULL));
	assert_false(uh_table_concerns(made->table, &outside, UH_TCP, NULL, &route));
	assert_true(uh_table_has_names(made->table));
	made_free(made);
}

/* Other routes do not change a stand-in, unless a route or an interface has its address. */
static void test_same_for_all(void **state)
{
	struct made *one = MADE_OF({"api.example.com:443"});
	struct made *two = MADE_OF({"*.example.com"}, {"api.example.com:80"}, {"203.0.113.1"},
				   {"aaa.example.com"});
	struct made *three = made_new();
	struct uh_address first = stand_in(one, "api.example.com", UH_IPV4), moved;
	char text[UH_ADDRESS_TEXT];

	(void)state;
	moved = stand_in(two, "api.example.com", UH_IPV4);
	assert_memory_equal(&first, &moved, sizeof(first));
	MADE_ADD(three, "api.example.com:443");
	MADE_ADD(three, uh_address_format(&first, text));
	moved = stand_in((made_table(three), three), "api.example.com", UH_IPV4);
	assert_memory_not_equal(&first, &moved, sizeof(first));
	assert_string_equal(uh_table_stands_for(three->table, &moved), "api.example.com");
	assert_null(uh_table_stands_for(three->table, &first));
	made_free(three);
	three = made_new();
	MADE_ADD(three, "api.example.com:443");
	assert_int_equal(uh_builder_interface(three->builder, &first), 0);
	made_table(three);
	assert_null(uh_table_stands_for(three->table, &first));
	made_free(one);
	made_free(two);
	made_free(three);
}

static struct made *made_with_pool(const char *address, uint32_t prefix_length)
{
	struct uh_table_settings settings = uh_default_settings;
	struct made *made = made_new();

	settings.stand_in[UH_IPV4].address = made_endpoint(address, 1).address;
	settings.stand_in[UH_IPV4].prefix_length = prefix_length;
	assert_int_equal(uh_builder_settings(made->builder, &settings, "journal"), 0);
	return made;
}

/* In a small pool every name has its own address, and none is at an end of a network. */
static void test_small_pool(void **state)
{
	struct made *made = made_with_pool("198.51.100.0", 120);
	struct uh_address address[60];
	char name[32];

	(void)state;
	for (int i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "n%d.example.com:1", i);
		MADE_ADD(made, name);
	}
	MADE_ADD(made, "*.example.org");
	made_table(made);
	for (int i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "n%d.example.com", i);
		address[i] = stand_in(made, name, UH_IPV4);
		assert_int_equal(address[i].byte[12], 198);
		assert_true(address[i].byte[15] > 0 && address[i].byte[15] < 128);
		assert_string_equal(uh_table_stands_for(made->table, &address[i]), name);
		for (int j = 0; j < i; j++)
			assert_memory_not_equal(&address[i], &address[j], sizeof(*address));
	}
	for (unsigned i = 0; i < 8; i++) {
		address[0] = uh_table_stand_in(made->table, "a.example.org", UH_IPV4, i);
		assert_true(address[0].byte[15] >= 128 && address[0].byte[15] < 255);
	}
	made_free(made);
}

static void test_full_pool(void **state)
{
	struct made *made = made_with_pool("198.51.100.0", 120);
	char name[32];

	(void)state;
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "n%d.example.com:1", i);
		MADE_ADD(made, name);
	}
	assert_null(uh_builder_finish(made->builder, &made->size));
	assert_int_equal(errno, EINVAL);
	assert_non_null(strstr(made->faults.text,
			       "no stand-in address is left in 198.51.100.0/24; expected a "
			       "larger network in stand_in_ipv4"));
	made_free(made);
}

static void test_target_in_the_pool(void **state)
{
	struct made *made = made_new();

	(void)state;
	MADE_ADD(made, "api.example.com:443", "240.1.2.3", .line = 4);
	assert_null(uh_builder_finish(made->builder, &made->size));
	assert_non_null(strstr(made->faults.text, "a.conf:4: target \"240.1.2.3\" of route "
						  "\"api.example.com:443\" is in the network"));
	made_free(made);
	made = MADE_OF({"203.0.113.1:443", "240.1.2.3"});
	assert_false(uh_table_has_names(made->table));
	made_free(made);
}

/* The target of a name can be an address that is itself routed. */
static void test_loops(void **state)
{
	struct made *made = made_new();

	(void)state;
	MADE_ADD(made, "api.example.com:443", "203.0.113.1", .line = 1);
	MADE_ADD(made, "203.0.113.1:443", "unix:/a", .line = 2);
	assert_null(uh_builder_finish(made->builder, &made->size));
	assert_non_null(strstr(made->faults.text, "itself routed"));
	made_free(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_most_specific),
	    cmocka_unit_test(test_shadowed),
	    cmocka_unit_test(test_broadcast),
	    cmocka_unit_test(test_duplicates),
	    cmocka_unit_test(test_one_address),
	    cmocka_unit_test(test_stand_ins),
	    cmocka_unit_test(test_direct_and_protocols),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_for_some),
	    cmocka_unit_test(test_back_to_the_name),
	    cmocka_unit_test(test_unknown),
	    cmocka_unit_test(test_same_for_all),
	    cmocka_unit_test(test_small_pool),
	    cmocka_unit_test(test_full_pool),
	    cmocka_unit_test(test_target_in_the_pool),
	    cmocka_unit_test(test_loops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

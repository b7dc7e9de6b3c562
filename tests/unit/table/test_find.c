/* SPDX-License-Identifier: MIT */
/* test_find.c: finds the route of a connection, and the routes that it shadows. */
#include "made.h"
#include "table/name_answer.h"
#include "table/stand_in.h"

static uid_t effective;
static unsigned times_asked;

static uid_t effective_user(void)
{
	times_asked++;
	return effective;
}

/* Returns the text of the route that an executable of user 1000 gets, or "none". */
static const char *found_by(const struct made *made, const char *executable,
			    const char *address, unsigned port, enum uh_protocol protocol)
{
	struct uh_endpoint endpoint = made_endpoint(address, port);
	unsigned char verdict[16];
	struct uh_self self = {verdict, effective_user, false};
	const struct uh_table_route *route;

	effective = 1000;
	assert_true(uh_table_conditions(made->table) <= 8 * sizeof(verdict));
	uh_table_judge_programs(made->table, executable, verdict);
	route = uh_table_find(made->table, &endpoint, protocol, &self);
	return route ? uh_table_text(made->table, route->text) : "none";
}

static const char *found(const struct made *made, const char *address, unsigned port)
{
	return found_by(made, "/usr/bin/curl", address, port, UH_TCP);
}

/* Every route counts as absent; a stand-in still concerns the table. */
static void test_switched_off(void **state)
{
	struct made *made = MADE_OF({"203.0.113.1"}, {"api.example.com:443"});
	const struct uh_table_route *route;
	struct uh_self self = {NULL, effective_user, false};
	struct uh_endpoint address = made_endpoint("203.0.113.1", 443);
	struct uh_endpoint name = {
	    uh_table_stand_in(made->table, "api.example.com", UH_IPV4, 0), 0, 443};

	(void)state;
	assert_non_null(uh_table_find(made->table, &address, UH_TCP, &self));
	self.off = true;
	assert_null(uh_table_find(made->table, &address, UH_TCP, &self));
	assert_false(uh_table_concerns(made->table, &address, UH_TCP, &self, &route));
	assert_true(uh_table_concerns(made->table, &name, UH_TCP, &self, &route));
	assert_null(route);
	assert_int_equal(uh_table_answer(made->table, "api.example.com", UH_ANY, &self).kind,
			 UH_ANSWER_NONE);
	made_free(made);
}

static void test_nothing(void **state)
{
	struct made *made = made_of(NULL, 0);

	(void)state;
	assert_int_equal(uh_table_routes(made->table), 0);
	assert_int_equal(uh_table_conditions(made->table), 0);
	assert_string_equal(found(made, "203.0.113.1", 443), "none");
	assert_string_equal(found(made, "::", 0), "none");
	made_free(made);
}

static void test_prefixes(void **state)
{
	struct made *made =
	    MADE_OF({"0.0.0.0/0"}, {"203.0.0.0/8"}, {"203.0.113.0/24"}, {"203.0.113.1"},
		    {"2001:db8::/32"}, {"2001:db8::1"}, {"::/1"});

	(void)state;
	assert_string_equal(found(made, "203.0.113.1", 1), "203.0.113.1");
	assert_string_equal(found(made, "203.0.113.2", 1), "203.0.113.0/24");
	assert_string_equal(found(made, "203.0.114.1", 1), "203.0.0.0/8");
	assert_string_equal(found(made, "204.0.113.1", 1), "0.0.0.0/0");
	assert_string_equal(found(made, "::ffff:203.0.113.1", 1), "203.0.113.1");
	assert_string_equal(found(made, "2001:db8::1", 1), "2001:db8::1");
	assert_string_equal(found(made, "2001:db8::2", 1), "2001:db8::/32");
	assert_string_equal(found(made, "2001:db9::2", 1), "::/1");
	assert_string_equal(found(made, "8000::1", 1), "none");
	made_free(made);
}

/* A wide IPv6 route contains the v4-mapped addresses, but does not match IPv4. */
static void test_v6_wide_is_not_v4(void **state)
{
	struct made *made = MADE_OF({"::/0"}, {"::/64"});

	(void)state;
	assert_string_equal(found(made, "203.0.113.1", 1), "none");
	assert_string_equal(found(made, "::ffff:203.0.113.1", 1), "none");
	assert_string_equal(found(made, "::203.0.113.1", 1), "::/64");
	assert_string_equal(found(made, "2001:db8::1", 1), "::/0");
	made_free(made);
}

static void test_v4_wide_is_not_v6(void **state)
{
	struct made *made = MADE_OF({"0.0.0.0/0"});

	(void)state;
	assert_string_equal(found(made, "2001:db8::1", 1), "none");
	assert_string_equal(found(made, "::1.2.3.4", 1), "none");
	assert_string_equal(found(made, "1.2.3.4", 1), "0.0.0.0/0");
	made_free(made);
}

/* A multicast or broadcast address is matched by a route for that one address alone. */
static void test_groups(void **state)
{
	static const char *const expected[][2] = {
	    {"224.0.0.251", "none"},	   {"::ffff:224.0.0.251", "none"},
	    {"239.1.2.4", "none"},	   {"255.255.255.255", "none"},
	    {"ff02::fb", "none"},	   {"255.255.255.254", "255.255.255.254/31"},
	    {"223.1.2.3", "0.0.0.0/0"},	   {"fe00::1", "::/0"},
	    {"239.1.2.3", "239.1.2.3:53"}, {"::ffff:239.1.2.3", "239.1.2.3:53"},
	    {"ff0e::1", "[ff0e::1]:53"},
	};
	struct made *made = MADE_OF(
	    {"0.0.0.0/0", "unix:/x", UH_ANY}, {"224.0.0.0/4", "unix:/x", UH_ANY},
	    {"224.0.0.250/31", "unix:/x", UH_ANY}, {"239.1.2.3:53", "239.1.2.4", UH_UDP},
	    {"255.255.255.254/31", "unix:/x", UH_ANY}, {"::/0", "unix:/x", UH_ANY},
	    {"ff02::/16", "unix:/x", UH_ANY}, {"[ff0e::1]:53", "ff0e::2", UH_UDP});

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++)
		assert_string_equal(found_by(made, "", expected[i][0], 53, UH_UDP),
				    expected[i][1]);
	assert_string_equal(found_by(made, "", "239.1.2.3", 54, UH_UDP), "none");
	assert_string_equal(found_by(made, "", "224.0.0.251", 53, UH_TCP), "none");
	made_free(made);
}

/* Without an exact route the first of the prefix lengths is not the full one. */
static void test_groups_without_exact_routes(void **state)
{
	struct made *made = MADE_OF({"224.0.0.0/4"}, {"ff00::/8"});

	(void)state;
	assert_string_equal(found(made, "224.0.0.1", 1), "none");
	assert_string_equal(found(made, "ff0e::1", 1), "none");
	made_free(made);
}

static void test_ports(void **state)
{
	struct made *made =
	    MADE_OF({"203.0.113.1"}, {"203.0.113.1:1-1024"}, {"203.0.113.1:80-90"},
		    {"203.0.113.1:85"}, {"203.0.113.1:65535"}, {"203.0.113.2:5-9"});

	(void)state;
	assert_string_equal(found(made, "203.0.113.1", 85), "203.0.113.1:85");
	assert_string_equal(found(made, "203.0.113.1", 84), "203.0.113.1:80-90");
	assert_string_equal(found(made, "203.0.113.1", 86), "203.0.113.1:80-90");
	assert_string_equal(found(made, "203.0.113.1", 80), "203.0.113.1:80-90");
	assert_string_equal(found(made, "203.0.113.1", 90), "203.0.113.1:80-90");
	assert_string_equal(found(made, "203.0.113.1", 79), "203.0.113.1:1-1024");
	assert_string_equal(found(made, "203.0.113.1", 91), "203.0.113.1:1-1024");
	assert_string_equal(found(made, "203.0.113.1", 1024), "203.0.113.1:1-1024");
	assert_string_equal(found(made, "203.0.113.1", 1025), "203.0.113.1");
	assert_string_equal(found(made, "203.0.113.1", 0), "203.0.113.1");
	assert_string_equal(found(made, "203.0.113.1", 65534), "203.0.113.1");
	assert_string_equal(found(made, "203.0.113.1", 65535), "203.0.113.1:65535");
	assert_string_equal(found(made, "203.0.113.2", 4), "none");
	assert_string_equal(found(made, "203.0.113.2", 5), "203.0.113.2:5-9");
	assert_string_equal(found(made, "203.0.113.2", 9), "203.0.113.2:5-9");
	assert_string_equal(found(made, "203.0.113.2", 10), "none");
	made_free(made);
}

/* The address is compared before the ports. */
static void test_address_over_port(void **state)
{
	struct made *made = MADE_OF({"203.0.113.0/24:443"}, {"203.0.113.1"});

	(void)state;
	assert_string_equal(found(made, "203.0.113.1", 443), "203.0.113.1");
	assert_string_equal(found(made, "203.0.113.2", 443), "203.0.113.0/24:443");
	assert_string_equal(found(made, "203.0.113.2", 444), "none");
	made_free(made);
}

static void test_protocols(void **state)
{
	static const char curl[] = "/usr/bin/curl";
	struct made *made = MADE_OF({"203.0.113.1:53", .protocol = UH_UDP},
				    {"203.0.113.1:1-100"}, {"203.0.113.1", .protocol = UH_ANY});

	(void)state;
	assert_string_equal(found_by(made, curl, "203.0.113.1", 53, UH_UDP), "203.0.113.1:53");
	assert_string_equal(found_by(made, curl, "203.0.113.1", 53, UH_TCP),
			    "203.0.113.1:1-100");
	assert_string_equal(found_by(made, curl, "203.0.113.1", 54, UH_UDP), "203.0.113.1");
	assert_string_equal(found_by(made, curl, "203.0.113.1", 200, UH_TCP), "203.0.113.1");
	made_free(made);
}

static void test_direct_exception(void **state)
{
	struct made *made = MADE_OF({"203.0.113.0/24"}, {"203.0.113.9", .to = "direct"});
	struct uh_endpoint endpoint = made_endpoint("203.0.113.9", 1);
	const struct uh_table_route *route;

	(void)state;
	route = uh_table_find(made->table, &endpoint, UH_TCP, NULL);
	assert_non_null(route);
	assert_int_equal(route->targets, 1);
	assert_int_equal(uh_table_target(made->table, route, 0)->kind, UH_TARGET_DIRECT);
	made_free(made);
}

/*
 * With equal ports, two conditions win over one, and one over none; a route whose condition is
 * false is passed over.
 */
static void test_conditions(void **state)
{
	struct made *made =
	    MADE_OF({"203.0.113.1:443", .line = 1},
		    {"203.0.113.1:443", .line = 2, .programs = {"curl"}},
		    {"203.0.113.1:443", .line = 3, .programs = {"curl"}, .users = {{1000, 0}},
		     .user_count = 1},
		    {"203.0.113.1:443", .line = 4, .users = {{1001, 0}}, .user_count = 1});
	struct uh_endpoint endpoint = made_endpoint("203.0.113.1", 443);
	unsigned char verdict[1];
	struct uh_self self = {verdict, effective_user, false};
	static const struct {
		const char *executable;
		uid_t user;
		unsigned line;
	} want[] = {{"/bin/curl", 1000, 3},
		    {"/bin/curl", 1001, 2},
		    {"/bin/curl", 5, 2},
		    {"/bin/wget", 1001, 4},
		    {"/bin/wget", 1000, 1}};

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		const struct uh_table_route *route;

		uh_table_judge_programs(made->table, want[i].executable, verdict);
		effective = want[i].user;
		times_asked = 0;
		route = uh_table_find(made->table, &endpoint, UH_TCP, &self);
		assert_int_equal(route->line, want[i].line);
		assert_true(times_asked <= 1);
	}
	made_free(made);
}

/*
 * Narrower ports win over conditions, and a false condition also falls back to a shorter
 * prefix.
 */
static void test_conditions_and_ports(void **state)
{
	struct made *made =
	    MADE_OF({"203.0.113.1:443"}, {"203.0.113.1", .programs = {"curl"}},
		    {"203.0.113.2:80", .programs = {"wget"}}, {"203.0.113.0/24"});

	(void)state;
	assert_string_equal(found(made, "203.0.113.1", 443), "203.0.113.1:443");
	assert_string_equal(found(made, "203.0.113.1", 80), "203.0.113.1");
	assert_string_equal(found(made, "203.0.113.2", 80), "203.0.113.0/24");
	assert_string_equal(found_by(made, "/bin/wget", "203.0.113.2", 80, UH_TCP),
			    "203.0.113.2:80");
	assert_string_equal(found_by(made, "/bin/wget", "203.0.113.1", 80, UH_TCP),
			    "203.0.113.0/24");
	made_free(made);
}

/* If one program can match both conditions, their text decides, not the order in the file. */
static void test_ties_ignore_order(void **state)
{
	struct made *one = MADE_OF({"203.0.113.1", .line = 1, .programs = {"c*"}},
				   {"203.0.113.1", .line = 2, .programs = {"*l"}});
	struct made *two = MADE_OF({"203.0.113.1", .line = 2, .programs = {"*l"}},
				   {"203.0.113.1", .line = 1, .programs = {"c*"}});
	struct uh_endpoint endpoint = made_endpoint("203.0.113.1", 443);

	(void)state;
	assert_int_equal(uh_table_find(one->table, &endpoint, UH_TCP, NULL)->line, 2);
	assert_int_equal(uh_table_find(two->table, &endpoint, UH_TCP, NULL)->line, 2);
	made_free(one);
	made_free(two);
}

static bool user_matches(struct uh_user *user, size_t count, uid_t id)
{
	struct made_route line = {"203.0.113.1", .user_count = count};
	struct uh_endpoint endpoint = made_endpoint("203.0.113.1", 443);
	struct uh_self self = {NULL, effective_user, false};
	struct made *made;
	bool matches;

	memcpy(line.users, user, count * sizeof(*user));
	made = made_of(&line, 1);
	effective = id;
	matches = uh_table_find(made->table, &endpoint, UH_TCP, &self) != NULL;
	made_free(made);
	return matches;
}

static void test_users(void **state)
{
	struct uh_user only[] = {{0, 0}, {33, 0}}, but[] = {{0, 1}, {33, 1}};
	struct uh_user both[] = {{0, 0}, {33, 0}, {33, 1}};

	(void)state;
	assert_true(user_matches(only, 2, 0));
	assert_true(user_matches(only, 2, 33));
	assert_false(user_matches(only, 2, 1000));
	assert_false(user_matches(but, 2, 33));
	assert_true(user_matches(but, 2, 1000));
	assert_true(user_matches(both, 3, 0));
	assert_false(user_matches(both, 3, 33));
	assert_false(user_matches(both, 3, 1000));
}

static bool program_matches(const char *one, const char *two, const char *executable)
{
	struct made *made = MADE_OF({"203.0.113.1", .programs = {one, two}});
	bool matches =
	    strcmp(found_by(made, executable, "203.0.113.1", 1, UH_TCP), "none") != 0;

	made_free(made);
	return matches;
}

static void test_programs(void **state)
{
	(void)state;
	assert_true(program_matches("curl", NULL, "/usr/bin/curl"));
	assert_false(program_matches("curl", NULL, "/usr/bin/curlx"));
	assert_false(program_matches("bin", NULL, "/usr/bin/curl"));
	assert_true(program_matches("/usr/bin/curl", NULL, "/usr/bin/curl"));
	assert_false(program_matches("/usr/bin/curl", NULL, "/opt/usr/bin/curl"));
	assert_true(program_matches("/usr/*", NULL, "/usr/lib/x/curl"));
	assert_true(program_matches("python3*", NULL, "/usr/bin/python3.11"));
	assert_true(program_matches("*", NULL, "/usr/bin/curl"));
	assert_true(program_matches("[cw]*", NULL, "/usr/bin/wget"));
	assert_false(program_matches("!curl", NULL, "/usr/bin/curl"));
	assert_true(program_matches("!curl", NULL, "/usr/bin/wget"));
	assert_false(program_matches("!/usr/bin/*", NULL, "/usr/bin/wget"));
	assert_true(program_matches("c*", "!curl", "/usr/bin/cat"));
	assert_false(program_matches("c*", "!curl", "/usr/bin/curl"));
	assert_false(program_matches("c*", "!curl", "/usr/bin/wget"));
	assert_true(program_matches("curl", "wget", "/usr/bin/wget"));
	assert_true(program_matches("curl", NULL, "curl"));
	assert_false(program_matches("curl", NULL, ""));
}

/* More conditions than bits in a byte: each has its own bit. */
static void test_many_conditions(void **state)
{
	struct made *made = made_new();
	char at[32], name[32];

	(void)state;
	for (int i = 0; i < 30; i++) {
		snprintf(at, sizeof(at), "203.0.113.%d", i + 1);
		snprintf(name, sizeof(name), "p%d", i);
		assert_int_equal(MADE_ADD(made, at, .programs = {name}), 0);
	}
	made_table(made);
	assert_int_equal(uh_table_conditions(made->table), 30);
	for (int i = 0; i < 30; i++)
		for (int j = 0; j < 30; j++) {
			snprintf(at, sizeof(at), "203.0.113.%d", j + 1);
			snprintf(name, sizeof(name), "/bin/p%d", i);
			assert_string_equal(found_by(made, name, at, 1, UH_TCP),
					    i == j ? at : "none");
		}
	made_free(made);
}

static void test_find_all(void **state)
{
	static const char *const order[] = {"203.0.113.1:443", "203.0.113.1:440-450",
					    "203.0.113.1",     "203.0.113.0/24:443",
					    "203.0.113.0/24",  "0.0.0.0/0"};
	struct made *made =
	    MADE_OF({"0.0.0.0/0"}, {"203.0.113.0/24"}, {"203.0.113.1"}, {"203.0.113.1:440-450"},
		    {"203.0.113.0/24:443"}, {"203.0.113.1:443"}, {"203.0.113.1:444"}, {"::/0"},
		    {"203.0.113.1:443", .protocol = UH_UDP});
	struct uh_endpoint endpoint = made_endpoint("203.0.113.1", 443);
	const struct uh_table_route *route[8] = {NULL};

	(void)state;
	assert_int_equal(
	    uh_table_find_all(made->table, NULL, &endpoint, UH_TCP, NULL, route, 8), 6);
	for (int i = 0; i < 6; i++)
		assert_string_equal(uh_table_text(made->table, route[i]->text), order[i]);
	assert_null(route[6]);
	assert_ptr_equal(uh_table_find(made->table, &endpoint, UH_TCP, NULL), route[0]);
	memset(route, 0, sizeof(route));
	assert_int_equal(
	    uh_table_find_all(made->table, NULL, &endpoint, UH_TCP, NULL, route, 2), 6);
	assert_non_null(route[1]);
	assert_null(route[2]);
	assert_int_equal(uh_table_find_all(made->table, NULL, &endpoint, UH_TCP, NULL, NULL, 0),
			 6);
	made_free(made);
}

static void test_route_fields(void **state)
{
	struct made *made =
	    MADE_OF({"203.0.113.1:443", "unix:/run/x unix:@n [2001:db8::1]:80 192.0.2.7",
		     .protocol = UH_ANY, .line = 12, .on_failure = UH_REFUSE});
	struct uh_endpoint endpoint = made_endpoint("203.0.113.1", 443);
	const struct uh_table *table = made->table;
	const struct uh_table_route *route = uh_table_find(table, &endpoint, UH_UDP, NULL);
	const struct uh_table_target *target = uh_table_target(table, route, 0);
	struct uh_endpoint v6 = made_endpoint("2001:db8::1", 80),
			   v4 = made_endpoint("192.0.2.7", 0);

	(void)state;
	assert_string_equal(uh_table_text(table, route->file), "a.conf");
	assert_int_equal(route->line, 12);
	assert_int_equal(route->on_failure, UH_REFUSE);
	assert_int_equal(route->protocol, UH_ANY);
	assert_int_equal(route->targets, 4);
	assert_int_equal(target[0].path_length, 6);
	assert_memory_equal(uh_table_template(table, &target[0]), "/run/x", 6);
	assert_int_equal(target[1].path_length, 2);
	assert_memory_equal(uh_table_template(table, &target[1]), "\0n", 2);
	assert_memory_equal(&target[2].address, &v6.address, 16);
	assert_int_equal(target[2].port, 80);
	assert_memory_equal(&uh_table_target(table, route, 3)->address, &v4.address, 16);
	assert_int_equal(target[3].port, 0);
	made_free(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_switched_off),
	    cmocka_unit_test(test_nothing),
	    cmocka_unit_test(test_prefixes),
	    cmocka_unit_test(test_v6_wide_is_not_v4),
	    cmocka_unit_test(test_v4_wide_is_not_v6),
	    cmocka_unit_test(test_groups),
	    cmocka_unit_test(test_groups_without_exact_routes),
	    cmocka_unit_test(test_ports),
	    cmocka_unit_test(test_address_over_port),
	    cmocka_unit_test(test_protocols),
	    cmocka_unit_test(test_direct_exception),
	    cmocka_unit_test(test_conditions),
	    cmocka_unit_test(test_conditions_and_ports),
	    cmocka_unit_test(test_ties_ignore_order),
	    cmocka_unit_test(test_users),
	    cmocka_unit_test(test_programs),
	    cmocka_unit_test(test_many_conditions),
	    cmocka_unit_test(test_find_all),
	    cmocka_unit_test(test_route_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

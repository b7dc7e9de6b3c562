/* SPDX-License-Identifier: MIT */
/* test_builder.c: contradictions that the builder finds, and routes that are none. */
#include "base/log_level.h"
#include "made.h"

/* Finishes a builder that must have faults, and compares the report. */
static void refused(struct made *made, const char *faults)
{
	errno = 0;
	assert_null(uh_builder_finish(made->builder, &made->size));
	assert_int_equal(errno, EINVAL);
	assert_string_equal(made->faults.text, faults);
	made_free(made);
}

#define ALREADY(text)                                                                          \
	"route \"" text "\" is already given at a.conf:1; expected one route for the same "    \
	"address, ports, protocol, programs and users\n"

/* Adds two routes, of which the second must be refused. */
static void same(struct made_route first, struct made_route second, const char *fault)
{
	struct made *made = made_new();

	first.line = 1;
	second.line = 2;
	assert_int_equal(made_add(made, first), 0);
	assert_int_equal(made_add(made, second), -1);
	assert_int_equal(errno, EEXIST);
	refused(made, fault);
}

#define ROUTE(...) ((struct made_route){__VA_ARGS__})

static void test_duplicates(void **state)
{
	(void)state;
	same(ROUTE("203.0.113.1:443"), ROUTE("[::ffff:203.0.113.1]:443"),
	     "a.conf:2: " ALREADY("[::ffff:203.0.113.1]:443"));
	same(ROUTE("203.0.113.1"), ROUTE("203.0.113.1/32", .to = "direct"),
	     "a.conf:2: " ALREADY("203.0.113.1/32"));
	same(ROUTE("2001:db8::/32"), ROUTE("[2001:db8::/32]", .protocol = UH_ANY),
	     "a.conf:2: " ALREADY("[2001:db8::/32]"));
	same(ROUTE("1.2.3.4:1-9", .protocol = UH_ANY), ROUTE("1.2.3.4:1-9", .protocol = UH_UDP),
	     "a.conf:2: " ALREADY("1.2.3.4:1-9"));
	same(ROUTE("1.2.3.4", .programs = {"a", "!b"}),
	     ROUTE("1.2.3.4", .programs = {"!b", "a", "a"}), "a.conf:2: " ALREADY("1.2.3.4"));
	same(ROUTE("1.2.3.4", .users = {{1, 0}, {2, 1}}, .user_count = 2),
	     ROUTE("1.2.3.4", .users = {{2, 7}, {1, 0}}, .user_count = 2),
	     "a.conf:2: " ALREADY("1.2.3.4"));
	same(ROUTE("1.2.3.4", .overrides = true), ROUTE("1.2.3.4", .overrides = true),
	     "a.conf:2: " ALREADY("1.2.3.4"));
}

static void test_no_duplicates(void **state)
{
	struct made *made =
	    MADE_OF({"1.2.3.4"}, {"1.2.3.4", .protocol = UH_UDP}, {"1.2.3.4:1-65535"},
		    {"1.2.3.4:80"}, {"1.2.3.4:80-81"}, {"1.2.3.4", .programs = {"a"}},
		    {"1.2.3.4", .programs = {"!a"}}, {"1.2.3.4", .programs = {"a", "b"}},
		    {"1.2.3.4", .users = {{1, 0}}, .user_count = 1},
		    {"1.2.3.4", .users = {{1, 1}}, .user_count = 1},
		    {"1.2.3.4", .programs = {"a"}, .users = {{1, 0}}, .user_count = 1},
		    {"1.2.3.4/31"}, {"::1.2.3.4"});

	(void)state;
	assert_int_equal(uh_table_routes(made->table), 13);
	made_free(made);
}

static void test_ambiguous_ranges(void **state)
{
	struct made *made = made_new();

	(void)state;
	assert_int_equal(MADE_ADD(made, "1.2.3.4:15-24", .line = 1), 0);
	assert_int_equal(MADE_ADD(made, "1.2.3.4:10-19", .line = 2), 0);
	refused(made, "a.conf:1: ports of route \"1.2.3.4:15-24\" overlap those of "
		      "\"1.2.3.4:10-19\" (a.conf:2) with a range of equal size; expected one "
		      "range inside the other, or no overlap\n");
	made = made_new();
	/* A route of another protocol between them in the order hides nothing. */
	assert_int_equal(MADE_ADD(made, "1.2.3.4:10-19", .line = 1, .protocol = UH_ANY), 0);
	assert_int_equal(MADE_ADD(made, "1.2.3.4:20-29", .line = 2), 0);
	assert_int_equal(MADE_ADD(made, "1.2.3.4:12-21", .line = 3, .protocol = UH_UDP), 0);
	refused(made, "a.conf:3: ports of route \"1.2.3.4:12-21\" overlap those of "
		      "\"1.2.3.4:10-19\" (a.conf:1) with a range of equal size; expected one "
		      "range inside the other, or no overlap\n");
}

static void test_no_ambiguous_ranges(void **state)
{
	struct made *made =
	    MADE_OF({"1.2.3.4:10-19"}, {"1.2.3.4:20-29"}, {"1.2.3.4:15-25"},
		    {"1.2.3.4:15-24", .protocol = UH_UDP}, {"1.2.3.4:15-24", .programs = {"a"}},
		    {"1.2.3.5:15-24"}, {"1.2.3.4:11-20", .programs = {"b"}});

	(void)state;
	assert_int_equal(uh_table_routes(made->table), 7);
	made_free(made);
}

static unsigned line_for(const struct made *made, enum uh_protocol protocol)
{
	struct uh_endpoint endpoint = made_endpoint("1.2.3.4", 80);
	const struct uh_table_route *route;

	route = uh_table_find(made->table, &endpoint, protocol, NULL);
	return route ? route->line : 0;
}

/*
 * An inline route replaces an equal one, in either order of arrival, and only for its protocol.
 */
static void test_overrides(void **state)
{
	struct made_route file = {"1.2.3.4:80", .line = 1},
			  over = {"1.2.3.4:80", .line = 2, .overrides = true};
	struct made_route any = {"1.2.3.4:80", .line = 3, .protocol = UH_ANY};
	struct made *made;

	(void)state;
	for (int turn = 0; turn < 2; turn++) {
		made = turn ? MADE_OF(file, over) : MADE_OF(over, file);
		assert_int_equal(uh_table_routes(made->table), 1);
		assert_int_equal(line_for(made, UH_TCP), 2);
		made_free(made);
		made = turn ? MADE_OF(any, over) : MADE_OF(over, any);
		assert_int_equal(uh_table_routes(made->table), 2);
		assert_int_equal(line_for(made, UH_TCP), 2);
		assert_int_equal(line_for(made, UH_UDP), 3);
		made_free(made);
	}
}

/* An overridden route still contradicts an equal one in the file. */
static void test_overridden_twice(void **state)
{
	struct made *made = made_new();

	(void)state;
	assert_int_equal(MADE_ADD(made, "1.2.3.4:80", .line = 7, .overrides = true), 0);
	assert_int_equal(MADE_ADD(made, "1.2.3.4:80", .line = 1), 0);
	assert_int_equal(MADE_ADD(made, "1.2.3.4:80", .line = 2), -1);
	refused(made, "a.conf:2: " ALREADY("1.2.3.4:80"));
}

static void bad_targets(struct made_route line, const char *fault)
{
	struct made *made = made_new();

	line.line = 1;
	errno = 0;
	assert_int_equal(made_add(made, line), -1);
	assert_int_equal(errno, EINVAL);
	refused(made, fault);
}

static void test_targets(void **state)
{
	(void)state;
	bad_targets(ROUTE("1.2.3.4", ""), "a.conf:1: route has no target; expected to = …\n");
	bad_targets(ROUTE("1.2.3.4", "direct 192.0.2.1"),
		    "a.conf:1: \"direct\" beside other targets; expected \"direct\" alone\n");
	bad_targets(ROUTE("1.2.3.4", "192.0.2.1 direct"),
		    "a.conf:1: \"direct\" beside other targets; expected \"direct\" alone\n");
	bad_targets(
	    ROUTE("1.2.3.4", "192.0.2.1 unix:/x", .protocol = UH_UDP),
	    "a.conf:1: a Unix target is for streams only; expected an IP target for protocol "
	    "\"udp\"\n");
	made_free(MADE_OF({"1.2.3.4", "unix:/x 192.0.2.1", .protocol = UH_ANY}));
	made_free(MADE_OF({"1.2.3.4", "unix:/x", .protocol = UH_ANY}));
}

#define LOOP(target, route, by)                                                                \
	"target \"" target "\" of route \"" route "\" is itself routed by \"" by               \
	"\" (a.conf:2): "                                                                      \
	"a loop; expected a target that is not routed\n"

#define CHAIN(target, route, by, cure)                                                         \
	"a.conf:1: target \"" target "\" of route \"" route "\" is itself routed by \"" by     \
	"\" (a.conf:2): a chain; expected its target, \"" cure "\"\n"

static void loop(struct made_route first, struct made_route second, const char *fault)
{
	struct made *made = made_new();

	first.line = 1;
	second.line = 2;
	assert_int_equal(made_add(made, first), 0);
	assert_int_equal(made_add(made, second), 0);
	refused(made, fault);
}

static void test_loops(void **state)
{
	(void)state;
	loop(ROUTE("203.0.113.1", "192.168.1.20"), ROUTE("192.168.1.0/24:443"),
	     "a.conf:1: " LOOP("192.168.1.20", "203.0.113.1", "192.168.1.0/24:443"));
	loop(ROUTE("203.0.113.1:443", "unix:/x 192.168.1.20:80"),
	     ROUTE("192.168.1.20:80", "unix:/y"),
	     CHAIN("192.168.1.20:80", "203.0.113.1:443", "192.168.1.20:80", "unix:/y"));
	loop(ROUTE("203.0.113.1:1-9", "::ffff:192.168.1.20"), ROUTE("192.168.1.20:9"),
	     "a.conf:1: " LOOP("192.168.1.20", "203.0.113.1:1-9", "192.168.1.20:9"));
	loop(ROUTE("203.0.113.1", "[2001:db8::1]:80", .protocol = UH_ANY),
	     ROUTE("2001:db8::/32", .protocol = UH_UDP),
	     "a.conf:1: " LOOP("[2001:db8::1]:80", "203.0.113.1", "2001:db8::/32"));
	/* A program may match both, even if the second route is for some programs only. */
	loop(ROUTE("203.0.113.1", "192.168.1.20:80"), ROUTE("192.168.1.20", .programs = {"a"}),
	     "a.conf:1: " LOOP("192.168.1.20:80", "203.0.113.1", "192.168.1.20"));
	/* To itself. */
	loop(ROUTE("1.2.3.4"), ROUTE("203.0.113.0/24", "203.0.113.7"),
	     "a.conf:2: " LOOP("203.0.113.7", "203.0.113.0/24", "203.0.113.0/24"));
}

/* The target of the other route is a cure if it alone takes exactly these connections. */
static void test_chains(void **state)
{
	(void)state;
	loop(ROUTE("203.0.113.1:443", "192.168.1.20:80"), ROUTE("192.168.1.20", "unix:@y"),
	     CHAIN("192.168.1.20:80", "203.0.113.1:443", "192.168.1.20", "unix:@y"));
	loop(ROUTE("203.0.113.1:443", "192.168.1.20"), ROUTE("192.168.1.20:443", "[::1]:8443"),
	     CHAIN("192.168.1.20", "203.0.113.1:443", "192.168.1.20:443", "[::1]:8443"));
	loop(ROUTE("203.0.113.1:443", "192.168.1.20:80"),
	     ROUTE("192.168.1.20:80", "203.0.113.1:443"),
	     "a.conf:2: target \"203.0.113.1:443\" of route \"192.168.1.20:80\" is itself "
	     "routed by \"203.0.113.1:443\" (a.conf:1): a loop; expected a target that is not "
	     "routed\n"
	     "a.conf:1: " LOOP("192.168.1.20:80", "203.0.113.1:443", "192.168.1.20:80"));
	loop(ROUTE("203.0.113.1:443", "192.168.1.20:80"),
	     ROUTE("192.168.1.20:80", "unix:/a unix:/b"),
	     "a.conf:1: " LOOP("192.168.1.20:80", "203.0.113.1:443", "192.168.1.20:80"));
	loop(ROUTE("203.0.113.1:443", "192.168.1.20:80"), ROUTE("192.168.1.20:80", "unix:/%p"),
	     "a.conf:1: " LOOP("192.168.1.20:80", "203.0.113.1:443", "192.168.1.20:80"));
}

static void test_no_loops(void **state)
{
	(void)state;
	made_free(MADE_OF({"203.0.113.1:443", "192.168.1.20"}, {"192.168.1.20:80"}));
	made_free(MADE_OF({"203.0.113.1:1-9", "192.168.1.20"}, {"192.168.1.20:10"}));
	made_free(MADE_OF({"203.0.113.1:443", "203.0.113.1:8443"}));
	made_free(
	    MADE_OF({"203.0.113.1", "192.168.1.20"}, {"192.168.1.20", .protocol = UH_UDP}));
	made_free(MADE_OF({"203.0.113.1", "192.168.1.20"}, {"192.168.1.20", "direct"}));
	made_free(MADE_OF({"203.0.113.0/24", "203.0.113.7"}, {"203.0.113.7", "direct"}));
	made_free(MADE_OF({"203.0.113.1", "192.168.1.20"}, {"192.168.0.0/16", "refuse"}));
	made_free(MADE_OF({"203.0.113.0/24", "203.0.113.7"}, {"203.0.113.7", "refuse"}));
	made_free(MADE_OF({"203.0.113.1", "192.168.1.20"}, {"::/0", "unix:/x"}));
	made_free(MADE_OF({"203.0.113.0/24", "203.0.113.7", .programs = {"a"}},
			  {"203.0.113.7", "direct", .programs = {"a"}}));
}

/* "direct" only shields the ports for which it certainly holds, for everyone concerned. */
static void test_shields(void **state)
{
	struct made *made = made_new();

	(void)state;
	assert_int_equal(MADE_ADD(made, "203.0.113.0/24:1-9", "203.0.113.7", .line = 1), 0);
	assert_int_equal(MADE_ADD(made, "203.0.113.7:1-8", "direct", .line = 2), 0);
	refused(made, "a.conf:1: target \"203.0.113.7\" of route \"203.0.113.0/24:1-9\" is "
		      "itself routed by \"203.0.113.0/24:1-9\" (a.conf:1): a loop; expected a "
		      "target that is not routed\n");
	made = made_new();
	assert_int_equal(MADE_ADD(made, "203.0.113.0/24", "203.0.113.7:80", .line = 1), 0);
	assert_int_equal(MADE_ADD(made, "203.0.113.7", "direct", .programs = {"a"}), 0);
	refused(
	    made,
	    "a.conf:1: target \"203.0.113.7:80\" of route \"203.0.113.0/24\" is itself routed "
	    "by \"203.0.113.0/24\" (a.conf:1): a loop; expected a target that is not routed\n");
}

/* A route whose longest path has 107 bytes is accepted; one byte more is a fault. */
static void test_longest_path(void **state)
{
	char target[200];
	struct made *made;

	(void)state;
	snprintf(target, sizeof(target), "unix:/%0101d%%p", 0);
	made_free(MADE_OF({"203.0.113.1", target}));
	made_free(MADE_OF({"203.0.113.1:1-9999", target}));
	snprintf(target, sizeof(target), "unix:/%0102d%%p", 0);
	made_free(MADE_OF({"203.0.113.1:1-9999", target}));
	made = made_new();
	assert_int_equal(MADE_ADD(made, "203.0.113.1:1-10000", target, .line = 7), -1);
	assert_int_equal(errno, EINVAL);
	assert_non_null(strstr(made->faults.text, "a.conf:7: \"unix:/000"));
	assert_non_null(strstr(made->faults.text,
			       "0\"… gives paths of up to 108 bytes; expected at most 107\n"));
	made_free(made);
	made = made_new();
	snprintf(target, sizeof(target), "unix:/%068d%%a", 0);
	assert_int_equal(MADE_ADD(made, "2001:db8::/32", target, .line = 7), -1);
	assert_non_null(strstr(made->faults.text, "%a\" gives paths of up to 108 bytes"));
	made_free(made);
}

static void test_refuse(void **state)
{
	struct made *made = MADE_OF({"203.0.113.1", "refuse", .on_failure = UH_ORIGINAL});
	const struct uh_table_route *route = uh_table_route(made->table, 0);

	(void)state;
	assert_true(uh_table_refuses(made->table, route));
	assert_false(uh_table_goes_direct(made->table, route));
	assert_int_equal(route->on_failure, UH_REFUSE);
	made_free(made);
	made = made_new();
	assert_int_equal(MADE_ADD(made, "203.0.113.1", "192.0.2.1 refuse", .line = 1), -1);
	refused(made, "a.conf:1: \"refuse\" beside other targets; expected \"refuse\" alone\n");
	made = MADE_OF({"203.0.113.1", "192.0.2.1"});
	assert_false(uh_table_refuses(made->table, uh_table_route(made->table, 0)));
	assert_false(uh_table_refuses(made->table, NULL));
	made_free(made);
}

static void test_settings(void **state)
{
	struct uh_table_settings settings = uh_default_settings;
	struct made *made = made_new();
	const struct uh_table_settings *got;

	(void)state;
	settings.log_level = UH_LOG_DEBUG;
	settings.backlog_wait_ms = 250;
	settings.backlog_wait_nonblocking_ms = 5;
	settings.retry_after_ms = 70;
	settings.retry_limit_ms = 800;
	got = uh_table_settings(made_table(made));
	assert_int_equal(got->log_level, UH_LOG_WARNING);
	assert_string_equal(uh_table_text(made->table, got->log_to), "journal");
	made_free(made);
	made = made_new();
	assert_int_equal(uh_builder_settings(made->builder, &settings, "/var/log/x"), 0);
	got = uh_table_settings(made_table(made));
	assert_int_equal(got->log_level, UH_LOG_DEBUG);
	assert_int_equal(got->backlog_wait_ms, 250);
	assert_int_equal(got->backlog_wait_nonblocking_ms, 5);
	assert_int_equal(got->retry_after_ms, 70);
	assert_int_equal(got->retry_limit_ms, 800);
	assert_string_equal(uh_table_text(made->table, got->log_to), "/var/log/x");
	made_free(made);
}

/* A route may have no file or line, and the builder no reporter. */
static void test_no_place(void **state)
{
	struct uh_fault_reporter nobody = {NULL, NULL};
	struct uh_builder *builder = uh_builder_new(&nobody);
	struct uh_target target = {.kind = UH_TARGET_DIRECT};
	struct uh_route route = {.protocol = UH_TCP, .target = &target, .targets = 1};
	struct made *made = made_new();
	size_t size;

	(void)state;
	route.destination = (struct uh_destination){.last_port = 65535, .prefix_length = 0};
	for (int turn = 0; turn < 2; turn++)
		assert_int_equal(uh_builder_add(made->builder, &route, false), -turn);
	assert_non_null(
	    strstr(made->faults.text, "-: route \"\" is already given at another place"));
	made_free(made);
	for (int turn = 0; turn < 2; turn++)
		assert_int_equal(uh_builder_add(builder, &route, false), -turn);
	assert_null(uh_builder_finish(builder, &size));
	uh_builder_free(builder);
	uh_builder_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_duplicates),	     cmocka_unit_test(test_no_duplicates),
	    cmocka_unit_test(test_ambiguous_ranges), cmocka_unit_test(test_no_ambiguous_ranges),
	    cmocka_unit_test(test_overrides),	     cmocka_unit_test(test_overridden_twice),
	    cmocka_unit_test(test_targets),	     cmocka_unit_test(test_loops),
	    cmocka_unit_test(test_chains),	     cmocka_unit_test(test_no_loops),
	    cmocka_unit_test(test_shields),	     cmocka_unit_test(test_longest_path),
	    cmocka_unit_test(test_refuse),	     cmocka_unit_test(test_settings),
	    cmocka_unit_test(test_no_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

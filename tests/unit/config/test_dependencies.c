/* SPDX-License-Identifier: MIT */
/* test_dependencies.c: a table's sources, even if the text has faults. */
#include "table/freshness.h"

#include "confdir.h"

/* Returns the sources' paths without the directory, each with its kind before it. */
static const char *sources(const struct uh_table *of)
{
	static char text[1024];
	size_t cut = strlen(dir);

	text[0] = '\0';
	for (uint32_t i = 0; i < uh_table_sources(of); i++) {
		const struct uh_table_source *source = uh_table_source(of, i);
		const char *path = uh_table_text(of, source->path);
		bool below = strncmp(path, dir, cut) == 0;

		if (source->kind == UH_SOURCE_OFF)
			continue;
		strcat(text, (const char *[]){" main:", " file:", " other:"}[source->kind]);
		strcat(text, below ? path + cut : path);
		strcat(text, source->stamp.inode ? "" : "(missing)");
	}
	return text;
}

static void test_the_file_alone(void **state)
{
	(void)state;
	taken("route 203.0.113.1 { to = 192.0.2.1 }", 1);
	assert_string_equal(sources(table), " main:main.conf");
}

static void test_what_it_includes(void **state)
{
	(void)state;
	mkdir(path_of("d"), 0755);
	write_conf("d/b.conf", "include(\"@/d/*.conf\")");
	write_conf("d/a.conf", "route 203.0.113.2 { to = 192.0.2.1 }");
	write_conf("one.conf", "");
	taken("include(\"@/d/*.conf\") include(\"@/one.conf\") include(\"@/none/*\")"
	      "route 203.0.113.1 { to = 192.0.2.1 }",
	      2);
	assert_string_equal(sources(table), " main:main.conf other:d other:none(missing)"
					    " file:d/a.conf file:d/b.conf file:one.conf");
}

/* The port of a target is the one of the route's protocol, which may be written behind it. */
static void test_services(void **state)
{
	const struct uh_table_route *route;

	(void)state;
	if (access("/etc/services", R_OK) != 0)
		skip();
	taken("route 203.0.113.1:https { to = 192.0.2.1:ntp protocol = udp }"
	      "route 203.0.113.2 { to = 192.0.2.1:http }",
	      2);
	assert_string_equal(sources(table), " main:main.conf other:/etc/services");
	for (uint32_t i = 0; i < 2; i++) {
		bool plain;

		route = uh_table_route(table, i);
		plain = strcmp(uh_table_text(table, route->text), "203.0.113.2") == 0;
		assert_int_equal(uh_table_target(table, route, 0)->port, plain ? 80 : 123);
	}
}

/* Matching directories, and files in them, may come and go. */
static void test_directories_by_a_pattern(void **state)
{
	(void)state;
	mkdir(path_of("x1"), 0755);
	mkdir(path_of("x2"), 0755);
	write_conf("x2/a.conf", "route 203.0.113.2 { to = 192.0.2.1 }");
	taken("include(\"@/x?/*.conf\")", 1);
	assert_memory_equal(sources(table), " main:main.conf other:", 22);
	assert_non_null(strstr(sources(table), " other:x1 other:x2 file:x2/a.conf"));
}

static void test_user_names(void **state)
{
	(void)state;
	taken("route 203.0.113.1 { to = 192.0.2.1 users = {0, 1} }", 1);
	assert_string_equal(sources(table), " main:main.conf");
	taken("route 203.0.113.1 { to = 192.0.2.1 users = root }", 1);
	assert_string_equal(sources(table), " main:main.conf other:/etc/passwd");
}

/* With faults there is an image without routes, which shows when the text changes. */
static void test_faults(void **state)
{
	bool faulty = false;

	(void)state;
	write_conf("bad.conf", "route nonsense {}");
	write_conf("main.conf", "include(\"@/bad.conf\") include(\"@/gone.conf\")"
				"route 203.0.113.1 { to = 192.0.2.1 }");
	parse_request(
	    (struct uh_parse_request){.file = path_of("main.conf"), .faulty = &faulty});
	assert_true(faulty);
	assert_non_null(table);
	assert_int_equal(uh_table_routes(table), 0);
	assert_string_equal(sources(table),
			    " main:main.conf file:bad.conf file:gone.conf(missing)");
	write_conf("gone.conf", "");
	assert_int_equal(uh_freshness(table), UH_CHANGED);
}

static void test_no_faults(void **state)
{
	bool faulty = false;

	(void)state;
	write_conf("main.conf", "route 203.0.113.1 { to = 192.0.2.1 }");
	parse_request(
	    (struct uh_parse_request){.file = path_of("main.conf"), .faulty = &faulty});
	assert_false(faulty);
	assert_int_equal(uh_table_routes(table), 1);
}

static void test_missing_but_optional(void **state)
{
	(void)state;
	parse_request((struct uh_parse_request){.file = path_of("none.conf"),
						.optional = true,
						.inline_routes = "203.0.113.1=192.0.2.1"});
	assert_string_equal(sources(table), " main:none.conf(missing)");
	assert_int_equal(uh_freshness(table), UH_SAME);
	write_conf("none.conf", "");
	assert_int_equal(uh_freshness(table), UH_CHANGED);
}

/* Owner and mode are checked, whatever the text. */
static void test_mode_and_owner(void **state)
{
	struct uh_origin origin = {.file = path_of("main.conf")};

	(void)state;
	write_conf("main.conf", "route 203.0.113.1 { to = 192.0.2.1 }");
	usleep(25000);
	parse_request((struct uh_parse_request){.file = path_of("main.conf")});
	assert_int_equal(uh_freshness(table), UH_SAME);
	origin.secure = geteuid() == 0;
	assert_true(uh_table_has_origin(table, &origin));
	assert_false(uh_table_has_origin(table, &(struct uh_origin){.file = "/etc/passwd"}));
	chmod(path_of("main.conf"), 0666);
	assert_int_equal(uh_freshness(table), UH_CHANGED);
	parse_request((struct uh_parse_request){.file = path_of("main.conf")});
	origin.secure = false;
	assert_false(uh_table_has_origin(table, &origin));
}

/* The file that switches the routes off makes no table stale; another user's does not count. */
static void test_switched_off(void **state)
{
	struct uh_origin origin = {.file = path_of("main.conf")};

	(void)state;
	write_conf("main.conf", "route 203.0.113.1 { to = 192.0.2.1 }");
	usleep(25000);
	parse_request((struct uh_parse_request){.file = path_of("main.conf")});
	assert_string_equal(uh_table_off_path(table), path_of("unhairpin.off"));
	assert_false(uh_table_is_off(table, false));
	assert_false(uh_table_is_off(table, true));
	write_conf("unhairpin.off", "");
	chmod(path_of("unhairpin.off"), 0666);
	assert_true(uh_table_is_off(table, false));
	assert_int_equal(uh_freshness(table), UH_SAME);
	if (geteuid() == 0) {
		assert_int_equal(chown(path_of("unhairpin.off"), 65534, 65534), 0);
		assert_false(uh_table_is_off(table, false));
		assert_false(uh_table_is_off(table, true));
		assert_int_equal(chown(path_of("unhairpin.off"), 0, 0), 0);
	}
	parse_request((struct uh_parse_request){.file = path_of("main.conf")});
	assert_int_equal(uh_table_routes(table), 1);
	assert_true(uh_table_has_origin(table, &origin));
	unlink(path_of("unhairpin.off"));
	assert_false(uh_table_is_off(table, true));
}

static void test_switched_off_without_a_file(void **state)
{
	(void)state;
	parse_request((struct uh_parse_request){.inline_routes = "203.0.113.1=192.0.2.1"});
	assert_string_equal(uh_table_off_path(table), "/etc/unhairpin.off");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_DIR(test_the_file_alone),
	    IN_DIR(test_what_it_includes),
	    IN_DIR(test_directories_by_a_pattern),
	    IN_DIR(test_user_names),
	    IN_DIR(test_services),
	    IN_DIR(test_faults),
	    IN_DIR(test_no_faults),
	    IN_DIR(test_missing_but_optional),
	    IN_DIR(test_mode_and_owner),
	    IN_DIR(test_switched_off),
	    IN_DIR(test_switched_off_without_a_file),
	};

	return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}

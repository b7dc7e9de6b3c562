/* SPDX-License-Identifier: MIT */
/* test_inline_routes.c: parses the routes of UNHAIRPIN_ROUTES. */
#include "faults.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/parse_config.h"

static struct faults faults;
static const struct uh_table *table;
static void *image;
static size_t size;

static void parse(const char *routes)
{
	const struct uh_parse_request request = {.inline_routes = routes,
						 .report = {faults_add, &faults}};

	faults_begin(&faults, NULL);
	errno = 0;
	image = uh_parse_config(&request, &size);
	table = image ? uh_table_open(image, size) : NULL;
	assert_true(!image == !table);
}

static void done(void)
{
	assert_int_equal(munmap(image, size), 0);
}

/* Returns the route for 203.0.113.1:port over TCP. */
static const struct uh_table_route *find(uint16_t port)
{
	struct uh_endpoint to = {.port = port};

	assert_true(uh_address_parse("203.0.113.1", &to.address));
	return uh_table_find(table, &to, UH_TCP, &(struct uh_self){0});
}

static void expect_path(const struct uh_table_route *route, uint32_t i, const char *path)
{
	const struct uh_table_target *target = uh_table_target(table, route, i);

	assert_int_equal(target->kind, UH_TARGET_UNIX);
	assert_int_equal(target->path_length, strlen(path));
	assert_memory_equal(uh_table_template(table, target), path, strlen(path));
}

static void test_none(void **state)
{
	static const char *const nothing[] = {NULL, "", " \t\n"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		parse(nothing[i]);
		assert_non_null(table);
		assert_int_equal(uh_table_routes(table), 0);
		assert_string_equal(faults.text, "");
		done();
	}
}

static void test_blanks_and_lists(void **state)
{
	(void)state;
	parse("\t203.0.113.1:1=unix:/a,unix:/b \n 203.0.113.1:2=192.0.2.1:3\n");
	assert_string_equal(faults.text, "");
	assert_int_equal(uh_table_routes(table), 2);
	assert_int_equal(find(1)->targets, 2);
	assert_int_equal(find(1)->protocol, UH_TCP);
	assert_int_equal(find(1)->on_failure, UH_ORIGINAL);
	expect_path(find(1), 0, "/a");
	expect_path(find(1), 1, "/b");
	assert_int_equal(uh_table_target(table, find(2), 0)->port, 3);
	assert_string_equal(uh_table_text(table, find(2)->file), "UNHAIRPIN_ROUTES");
	assert_int_equal(find(2)->line, 2);
	done();
}

static void test_escapes(void **state)
{
	(void)state;
	parse("203.0.113.1:1=unix:/a\\ b,unix:/c\\,d,unix:/e\\\\,unix:/f\\g=h");
	assert_string_equal(faults.text, "");
	assert_int_equal(find(1)->targets, 4);
	expect_path(find(1), 0, "/a b");
	expect_path(find(1), 1, "/c,d");
	expect_path(find(1), 2, "/e\\");
	expect_path(find(1), 3, "/f\\g=h");
	done();
}

static void test_more_blanks_and_escapes(void **state)
{
	(void)state;
	parse("203.0.113.1:1=unix:/a\r\n203.0.113.1:2=unix:/b\v203.0.113.1:3=unix:/c\f\r\n");
	assert_string_equal(faults.text, "");
	assert_int_equal(uh_table_routes(table), 3);
	expect_path(find(1), 0, "/a");
	expect_path(find(3), 0, "/c");
	done();
	parse("203.0.113.1:1=unix:/a\\;b\\=unix:/c,unix:/d\\|e,unix:/f=g");
	assert_string_equal(faults.text, "");
	expect_path(find(1), 0, "/a;b=unix:/c");
	expect_path(find(1), 1, "/d|e");
	expect_path(find(1), 2, "/f=g");
	done();
}

/* Two routes never become one path, whatever the separator. */
static void test_two_in_one(void **state)
{
	static const char *const texts[] = {
	    "203.0.113.1:1=unix:/x;203.0.113.1:2=unix:/y",
	    "203.0.113.1:1=unix:/x; 203.0.113.1:2=unix:/y",
	    "203.0.113.1:1=unix:/x;",
	    "203.0.113.1:1=192.0.2.1;",
	    "203.0.113.1:1=unix:/x,203.0.113.1:2=unix:/y",
	    "203.0.113.1:1=192.0.2.1,203.0.113.1:2=192.0.2.2",
	    "203.0.113.1:1=unix:/x|203.0.113.1:2=192.0.2.1:80",
	    "203.0.113.1:1=unix:/x&203.0.113.1:2=direct",
	    "203.0.113.1:1=unix:/x+203.0.113.1:2=unix:@y",
	    "203.0.113.1:1=unix:/x/203.0.113.1:2=[2001:db8::1]:80",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		parse(texts[i]);
		if (image)
			fail_msg("\"%s\" was taken", texts[i]);
		assert_ptr_equal(strstr(faults.text, "UNHAIRPIN_ROUTES:1: "), faults.text);
		assert_non_null(strstr(faults.text, "looks like two routes in one; expected a "
						    "blank between them"));
	}
}

static void expect_fault(const char *routes, const char *why)
{
	parse(routes);
	if (image)
		fail_msg("\"%s\" was taken", routes);
	if (!strstr(faults.text, why))
		fail_msg("\"%s\": %s", routes, faults.text);
}

static void test_two_targets_in_one(void **state)
{
	static const char why[] = "looks like two targets in one; expected a comma between";

	(void)state;
	expect_fault("203.0.113.1:1=unix:/a:unix:/b", why);
	expect_fault("203.0.113.1:1=unix:/a:192.168.1.3:443", why);
	expect_fault("203.0.113.1:1=unix:@a:unix:@b", why);
	parse("203.0.113.1:1=unix:/a:80");
	assert_non_null(strstr(faults.text,
			       "warning: UNHAIRPIN_ROUTES:1: \"unix:/a:80\" is a "
			       "path to its end, because a Unix socket has no port"));
	expect_path(find(1), 0, "/a:80");
	done();
}

static void test_half_quotes(void **state)
{
	static const char why[] = "ends in a quotation mark; expected none";

	(void)state;
	expect_fault("203.0.113.1:1=unix:/a\"", why);
	expect_fault("203.0.113.1:1=unix:/a'", why);
	expect_fault("203.0.113.1:1=unix:/a\\\"", why);
	expect_fault("\"203.0.113.1:1=unix:/a\" \"203.0.113.1:2=unix:/b\"", why);
	expect_fault("\"203.0.113.1:1=unix:/a", "is not an IP address, nor a name");
	parse("203.0.113.1:1=unix:/it's");
	assert_string_equal(faults.text, "");
	done();
}

/* There is a warning, and the route is taken as written. */
static void test_hidden_port(void **state)
{
	(void)state;
	parse("fe80::1:443=unix:/a 203.0.113.1:1=2001:db8::1:80,[2001:db8::2:80]");
	assert_non_null(table);
	assert_int_equal(uh_table_routes(table), 2);
	assert_string_equal(
	    faults.text,
	    "warning: UNHAIRPIN_ROUTES:1: \"fe80::1:443\" is an address with any port; "
	    "expected "
	    "[fe80::1]:443 if a port is meant, else [fe80::1:443]\n"
	    "warning: UNHAIRPIN_ROUTES:2: \"2001:db8::1:80\" is an address with any port; "
	    "expected [2001:db8::1]:80 if a port is meant, else [2001:db8::1:80]\n");
	done();
}

/* The names are those of /etc/services. */
static void test_services(void **state)
{
	(void)state;
	if (access("/etc/services", R_OK) != 0)
		skip();
	parse("203.0.113.1:https=192.168.1.20:http,unix:/run/a:http");
	assert_string_equal(faults.text, "");
	assert_string_equal(uh_table_text(table, find(443)->text), "203.0.113.1:443");
	assert_int_equal(uh_table_target(table, find(443), 0)->port, 80);
	expect_path(find(443), 1, "/run/a:http");
	done();
	expect_fault(
	    "203.0.113.1:1=192.168.1.20:httpz",
	    "unknown service \"httpz\" in \"192.168.1.20:httpz\" (did you mean "
	    "\"http\"?); expected a number from 1 to 65535 or a name in /etc/services");
	expect_fault("203.0.113.1:http-https=unix:/a", "unknown service \"http-https\"");
	expect_fault("203.0.113.1=192.168.1.20 192.168.1.30",
		     "expected DESTINATION=TARGET, or a comma without a blank");
}

static void test_two_equal_ones(void **state)
{
	(void)state;
	parse("203.0.113.1:1=unix:/a 203.0.113.1:2=unix:/b 203.0.113.1:1=unix:/b");
	assert_null(image);
	assert_ptr_equal(strstr(faults.text, "UNHAIRPIN_ROUTES:3: "), faults.text);
	assert_non_null(strstr(faults.text, " UNHAIRPIN_ROUTES:1"));
}

/* Returns the number of lines in the report that begin with this place. */
static int count_at(const char *place)
{
	int count = 0;

	for (const char *at = faults.text; (at = strstr(at, place)); at++)
		count += at == faults.text || at[-1] == '\n';
	return count;
}

static void test_all_faults_at_once(void **state)
{
	(void)state;
	parse("203.0.113.1:1 x!=unix:/a 203.0.113.1:99999=unix:/a 203.0.113.1:2= "
	      "203.0.113.1:3=a,,b "
	      "=unix:/a 203.0.113.1:4=unix:/a\\");
	assert_null(image);
	assert_int_equal(errno, EINVAL);
	assert_non_null(strstr(faults.text,
			       "UNHAIRPIN_ROUTES:1: \"203.0.113.1:1\" has no target; "
			       "expected DESTINATION=TARGET\n"));
	assert_int_equal(count_at("UNHAIRPIN_ROUTES:1: "), 1);
	assert_int_equal(count_at("UNHAIRPIN_ROUTES:2: "), 1);
	assert_int_equal(count_at("UNHAIRPIN_ROUTES:3: "), 1);
	assert_int_equal(count_at("UNHAIRPIN_ROUTES:4: "), 1);
	assert_int_equal(count_at("UNHAIRPIN_ROUTES:5: "), 3);
	assert_int_equal(count_at("UNHAIRPIN_ROUTES:6: "), 1);
	assert_int_equal(count_at("UNHAIRPIN_ROUTES:7: "), 0);
}

static void test_too_many_targets(void **state)
{
	char text[512] = "203.0.113.1:1=unix:/0";

	(void)state;
	for (int i = 1; i < 16; i++)
		strcat(text, ",unix:/x");
	parse(text);
	assert_int_equal(find(1)->targets, 16);
	done();
	strcat(text, ",unix:/y");
	parse(text);
	assert_null(image);
	assert_string_equal(faults.text,
			    "UNHAIRPIN_ROUTES:1: one target too many: \"unix:/y\"; "
			    "expected at most 16\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_none),
	    cmocka_unit_test(test_blanks_and_lists),
	    cmocka_unit_test(test_escapes),
	    cmocka_unit_test(test_more_blanks_and_escapes),
	    cmocka_unit_test(test_two_in_one),
	    cmocka_unit_test(test_hidden_port),
	    cmocka_unit_test(test_two_targets_in_one),
	    cmocka_unit_test(test_half_quotes),
	    cmocka_unit_test(test_services),
	    cmocka_unit_test(test_two_equal_ones),
	    cmocka_unit_test(test_all_faults_at_once),
	    cmocka_unit_test(test_too_many_targets),
	};

	return cmocka_run_group_tests_name("inline", tests, NULL, NULL);
}

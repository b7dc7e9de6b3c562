/* SPDX-License-Identifier: MIT */
/* test_path_template.c: the paths that a template gives, and the longest of them. */
#include "made.h"

#include "table/path_template.h"

static void expands(const char *template, const char *address, unsigned port, const char *path)
{
	struct uh_endpoint asked = made_endpoint(address, port);
	char got[UH_PATH_MAX + 2] = "";
	size_t length;

	got[UH_PATH_MAX + 1] = '#';
	length = uh_path_expand(template, strlen(template), &asked, got);
	assert_string_equal(got, path);
	assert_int_equal(length, strlen(path));
	assert_int_equal(got[UH_PATH_MAX + 1], '#');
}

static void test_expand(void **state)
{
	(void)state;
	expands("/run/x.sock", "203.0.113.1", 443, "/run/x.sock");
	expands("/run/%p.sock", "203.0.113.1", 8001, "/run/8001.sock");
	expands("/run/%p", "203.0.113.1", 0, "/run/0");
	expands("/run/%a-%p", "203.0.113.1", 65535, "/run/203.0.113.1-65535");
	expands("/run/%a", "2001:db8::1", 1, "/run/2001:db8::1");
	expands("/run/%a", "::ffff:203.0.113.1", 1, "/run/203.0.113.1");
	expands("%p%p%%%a%%p", "::1", 80, "8080%::1%p");
	expands("/run/50%%", "::1", 80, "/run/50%");
}

/* The template of a damaged image gives some path, within its bounds. */
static void test_damaged(void **state)
{
	char template[UH_TEMPLATE_MAX + 1] = "", path[UH_PATH_MAX + 1] = "";

	(void)state;
	expands("/run/%", "::1", 80, "/run/%");
	expands("/run/%x", "::1", 80, "/run/%");
	for (size_t i = 0; i < UH_TEMPLATE_MAX; i++)
		template[i] = "%a"[i % 2];
	for (size_t i = 0; i < UH_PATH_MAX; i++)
		path[i] = "::1"[i % 3];
	expands(template, "::1", 80, path);
}

static void longest(const char *destination, const char *template, size_t length)
{
	struct uh_destination parsed;
	char why[UH_WHY];

	assert_true(uh_destination_parse(destination, &parsed, why));
	assert_int_equal(uh_path_longest(template, strlen(template), &parsed), length);
}

static void test_longest(void **state)
{
	(void)state;
	longest("203.0.113.1", "/x", 2);
	longest("203.0.113.1", "/%p", 6);
	longest("203.0.113.1:1-9", "/%p", 2);
	longest("203.0.113.1:80-8099", "/%p%p", 9);
	longest("203.0.113.1:9", "/%%%%", 3);
	longest("203.0.113.1", "/%a", 12);
	longest("203.0.113.0/24", "/%a", 16);
	longest("0.0.0.0/0", "/%a", 16);
	longest("2001:db8::1", "/%a", 12);
	longest("2001:db8::/32", "/%a", 40);
	longest("::/0", "/%a", 40);
	longest("api.example.com", "/%a", 40);
	assert_int_equal(uh_path_longest("/%a%p%%", 7, NULL), 4);
}

static void fixed(const char *template, const char *directory)
{
	char path[UH_PATH_MAX + 1];

	assert_int_equal(uh_path_fixed(template, strlen(template), path), strlen(directory));
	assert_string_equal(path, directory);
}

static void test_fixed(void **state)
{
	(void)state;
	fixed("/run/app/%p.sock", "/run/app/");
	fixed("/run/app-%p/a.sock", "/run/");
	fixed("/%a/%p", "/");
	fixed("/run/50%%/%p", "/run/50%/");
	fixed("/run/x", "/run/");
	fixed("@app-%p", "@app-");
}

static void test_questions(void **state)
{
	(void)state;
	assert_true(uh_path_has("/%%%p", 5, 'p'));
	assert_false(uh_path_has("/%%p%a", 6, 'p'));
	assert_true(uh_path_has("/%%p%a", 6, 'a'));
	assert_null(uh_path_variable("/%%a", 4));
	assert_null(uh_path_bad_percent("/%%%a%p", 7));
	assert_non_null(uh_path_bad_percent("/%%%", 4));
	assert_non_null(uh_path_bad_percent("/%d%p", 5));
}

/* The image keeps the template, and each connection gets its own path. */
static void test_in_the_table(void **state)
{
	struct made *made = MADE_OF({"203.0.113.0/24:80-99", "unix:@a-%a-%p unix:/50%%"});
	const struct uh_table_route *route = uh_table_route(made->table, 0);
	struct uh_endpoint asked = made_endpoint("203.0.113.7", 81);
	char path[UH_PATH_MAX + 1], text[UH_TARGET_TEXT];
	struct uh_target target;

	(void)state;
	assert_int_equal(
	    uh_table_path(made->table, uh_table_target(made->table, route, 0), &asked, path),
	    sizeof("@a-203.0.113.7-81") - 1);
	assert_memory_equal(path, "\0a-203.0.113.7-81", sizeof("@a-203.0.113.7-81"));
	uh_table_copy_target(made->table, uh_table_target(made->table, route, 1), &asked,
			     &target);
	assert_string_equal(uh_target_format(&target, text), "unix:/50%");
	uh_table_copy_target(made->table, uh_table_target(made->table, route, 0), NULL,
			     &target);
	assert_string_equal(uh_target_format(&target, text), "unix:@a-%a-%p");
	made_free(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_expand),    cmocka_unit_test(test_damaged),
	    cmocka_unit_test(test_longest),   cmocka_unit_test(test_fixed),
	    cmocka_unit_test(test_questions), cmocka_unit_test(test_in_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

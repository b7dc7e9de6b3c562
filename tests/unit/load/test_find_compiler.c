/* SPDX-License-Identifier: MIT */
/* test_find_compiler.c: where unhairpin-compiler may be, and who must own it. */
#include "confdir.h"

#include "compiler_protocol.h"
#include "load/find_compiler.h"

#define INSTALLED UH_LIBEXECDIR "/" UH_COMPILER

static void place_is(const char *object, unsigned i, size_t room, const char *expected)
{
	char path[128];

	memset(path, '#', sizeof(path));
	assert_true(uh_compiler_path(object, i, path, room));
	assert_string_equal(path, expected);
	assert_int_equal(path[room], '#');
}

static void test_places(void **state)
{
	static const char object[] = "/opt/x/lib/libunhairpin.so";
	char path[128];

	(void)state;
	place_is(object, 0, 100, "/opt/x/lib/unhairpin-compiler");
	place_is(object, 1, 100, "/opt/x/lib/../libexec/unhairpin-compiler");
	place_is(object, 2, 100, INSTALLED);
	assert_false(uh_compiler_path(object, 3, path, sizeof(path)));
	place_is("/x.so", 0, 100, "/unhairpin-compiler");
}

/* The current directory is never searched. */
static void test_object_without_a_place(void **state)
{
	static const char *const objects[] = {NULL, "", "libunhairpin.so", "./lib/x.so"};
	char path[128];

	(void)state;
	for (size_t i = 0; i < sizeof(objects) / sizeof(*objects); i++) {
		place_is(objects[i], 0, 100, INSTALLED);
		assert_false(uh_compiler_path(objects[i], 1, path, sizeof(path)));
	}
}

static void test_place_that_does_not_fit(void **state)
{
	(void)state;
	place_is("/x.so", 0, sizeof("/unhairpin-compiler"), "/unhairpin-compiler");
	place_is("/x.so", 0, sizeof("/unhairpin-compiler") - 1, "");
	place_is(NULL, 0, sizeof(INSTALLED), INSTALLED);
	place_is(NULL, 0, sizeof(INSTALLED) - 1, "");
}

/* Searches from an object in the directory lib. */
static char found[128];

static int find(bool secure)
{
	char object[64];

	snprintf(object, sizeof(object), "%slib/libunhairpin.so", dir);
	return uh_find_compiler(object, secure, found, sizeof(found));
}

static void found_is(const char *name)
{
	assert_string_equal(found, path_of(name));
}

static void make_dirs(void)
{
	mkdir(path_of("lib"), 0755);
	mkdir(path_of("libexec"), 0755);
}

static void test_first_that_is_there(void **state)
{
	int missing = access(INSTALLED, F_OK) == 0 ? 0 : ENOENT;

	(void)state;
	make_dirs();
	assert_int_equal(find(false), missing);
	assert_string_equal(found, INSTALLED);
	write_conf("libexec/" UH_COMPILER, "");
	assert_int_equal(find(false), 0);
	found_is("lib/../libexec/" UH_COMPILER);
	assert_int_equal(symlink("nowhere", path_of("lib/" UH_COMPILER)), 0);
	assert_int_equal(find(false), 0);
	found_is("lib/../libexec/" UH_COMPILER);
	write_conf("lib/" UH_COMPILER, "");
	assert_int_equal(find(false), 0);
	found_is("lib/" UH_COMPILER);
}

/*
 * Who can write the compiler could control every program, so it is refused. The next path is
 * not tried instead.
 */
static void test_writable_by_others(void **state)
{
	(void)state;
	make_dirs();
	write_conf("lib/" UH_COMPILER, "");
	write_conf("libexec/" UH_COMPILER, "");
	chmod(path_of("lib/" UH_COMPILER), 0775);
	assert_int_equal(find(false), EPERM);
	found_is("lib/" UH_COMPILER);
	chmod(path_of("lib/" UH_COMPILER), 0757);
	assert_int_equal(find(false), EPERM);
	chmod(path_of("lib/" UH_COMPILER), 0755);
	assert_int_equal(find(false), 0);
}

static void test_owned_by_another(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		print_message("SKIP test_owned_by_another: needs root\n");
		skip();
	}
	make_dirs();
	chmod(dir, 0755);
	write_conf("lib/" UH_COMPILER, "");
	assert_int_equal(find(true), 0);
	assert_int_equal(chown(path_of("lib/" UH_COMPILER), 65534, 0), 0);
	assert_int_equal(find(false), EPERM);
	assert_int_equal(seteuid(65534), 0);
	assert_int_equal(find(false), 0);
	assert_int_equal(find(true), EPERM);
	assert_int_equal(seteuid(0), 0);
}

/* Other errors of stat(2) are returned to the caller. */
static void test_not_to_be_reached(void **state)
{
	(void)state;
	write_conf("lib", "no directory");
	assert_int_equal(find(false), ENOTDIR);
	found_is("lib/" UH_COMPILER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_places),
	    cmocka_unit_test(test_object_without_a_place),
	    cmocka_unit_test(test_place_that_does_not_fit),
	    IN_DIR(test_first_that_is_there),
	    IN_DIR(test_writable_by_others),
	    IN_DIR(test_owned_by_another),
	    IN_DIR(test_not_to_be_reached),
	};

	umask(022);
	return cmocka_run_group_tests_name("find_compiler", tests, NULL, NULL);
}

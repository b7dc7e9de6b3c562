/* SPDX-License-Identifier: MIT */
/* test_trust.c: which paths only root controls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "command/inspect/trust.h"

static char root[] = "/tmp/unhairpin-trust.XXXXXX";

static const char *in_root(const char *path)
{
	static char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s%s", root, path);
	return full;
}

static int make_root(void **state)
{
	(void)state;
	return !mkdtemp(root) || chmod(root, 0755) != 0 || mkdir(in_root("/lib"), 0755) != 0 ||
	       mkdir(in_root("/open"), 0777) != 0 || chmod(in_root("/open"), 0777) != 0 ||
	       symlink("/lib", in_root("/abs")) != 0 || symlink("lib", in_root("/rel")) != 0 ||
	       symlink("open/../lib", in_root("/open-between")) != 0 ||
	       symlink("loop", in_root("/loop")) != 0 ||
	       fclose(fopen(in_root("/lib/file"), "w")) != 0 ||
	       fclose(fopen(in_root("/open/file"), "w")) != 0;
}

static int remove_root(void **state)
{
	static const char *const path[] = {"/lib/file",	    "/open/file", "/lib",
					   "/open",	    "/abs",	  "/rel",
					   "/open-between", "/loop",	  ""};

	(void)state;
	for (size_t i = 0; i < sizeof(path) / sizeof(*path); i++)
		if (remove(in_root(path[i])) != 0)
			return -1;
	return 0;
}

static void trusted(const char *path, const char *expected)
{
	char resolved[PATH_MAX], why[UH_TRUST_WHY] = "";

	if (!uh_trusted(root, path, resolved, why))
		fail_msg("%s", why);
	assert_string_equal(resolved, expected);
}

static void refused(const char *path, const char *expected)
{
	char resolved[PATH_MAX], why[UH_TRUST_WHY] = "";

	assert_false(uh_trusted(root, path, resolved, why));
	assert_string_equal(why, in_root(expected));
}

/* Only root can make files that belong to root. */
static bool is_root(void)
{
	if (geteuid() == 0)
		return true;
	print_message("SKIP trust: needs root\n");
	return false;
}

static void test_links_stay_inside(void **state)
{
	(void)state;
	if (!is_root())
		return;
	trusted("/lib/file", "/lib/file");
	trusted("//lib/./file", "/lib/file");
	trusted("/../../lib/file", "/lib/file");
	trusted("/abs/file", "/lib/file");
	trusted("/rel/file", "/lib/file");
}

static void test_all_on_the_way_is_checked(void **state)
{
	(void)state;
	if (!is_root())
		return;
	refused("/open/file", "/open: is writable by others (mode 0777); expected root alone");
	refused("/open-between/file",
		"/open: is writable by others (mode 0777); expected root alone");
	refused("/lib/none", "/lib/none: No such file or directory");
	refused("/loop", "/loop: Too many levels of symbolic links");
}

static void test_other_owners(void **state)
{
	(void)state;
	if (!is_root() || chown(in_root("/lib/file"), 1, 1) != 0)
		return;
	refused("/abs/file", "/lib/file: is owned by user 1; expected root");
	assert_int_equal(lchown(in_root("/rel"), 1, 1), 0);
	refused("/rel/file", "/rel: is owned by user 1; expected root");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_links_stay_inside),
	    cmocka_unit_test(test_all_on_the_way_is_checked),
	    cmocka_unit_test(test_other_owners),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}

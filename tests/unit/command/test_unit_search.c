/* SPDX-License-Identifier: MIT */
/* test_unit_search.c: which files make a unit. */
#include <errno.h>
#include <ftw.h>
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

#include "command/inspect/unit_search.h"

static char root[32];

/* Makes the directories of a path below root, and returns the whole path. */
static const char *below_root(const char *path)
{
	static char whole[512];

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	for (char *slash = whole + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(whole, 0700);
		*slash = '/';
	}
	return whole;
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(below_root(path), "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void make_link(const char *path, const char *target)
{
	assert_int_equal(symlink(target, below_root(path)), 0);
}

static int make_root(void **state)
{
	(void)state;
	strcpy(root, "/tmp/unhairpin-units.XXXXXX");
	return !mkdtemp(root);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

static int remove_root(void **state)
{
	(void)state;
	return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Compares the last value of a key of a unit with an expected one. */
static void assert_value(const char *name, const char *key, const char *expected)
{
	struct uh_unit unit = {0};

	assert_true(uh_unit_find(&unit, root, name));
	assert_string_equal(uh_unit_value(&unit, key), expected);
	uh_unit_free(&unit);
}

static void test_directories(void **state)
{
	struct uh_unit unit = {0};

	(void)state;
	write_file("/lib/systemd/system/a.service", "[Service]\nUser=lib\nGroup=lib\n");
	assert_value("a.service", "User", "lib");
	write_file("/usr/lib/systemd/system/a.service", "[Service]\nUser=usr\n");
	assert_value("a.service", "User", "usr");
	write_file("/run/systemd/system/a.service", "[Service]\nUser=run\n");
	assert_value("a.service", "User", "run");
	write_file("/etc/systemd/system/a.service", "[Service]\nUser=etc\n");
	assert_value("a.service", "User", "etc");
	assert_false(uh_unit_find(&unit, root, "b.service"));
	assert_int_equal(errno, ENOENT);
}

static void test_drop_ins(void **state)
{
	struct uh_unit unit = {0};

	(void)state;
	write_file("/lib/systemd/system/a-b.service", "[Service]\nUser=unit\n");
	write_file("/lib/systemd/system/service.d/05.conf", "[Service]\nUser=type\nA=type\n");
	write_file("/run/systemd/system/a-.service.d/20.conf", "[Service]\nUser=prefix\n");
	write_file("/lib/systemd/system/a-b.service.d/10.conf", "[Service]\nUser=lib10\n");
	assert_value("a-b.service", "User", "prefix");
	write_file("/lib/systemd/system/a-b.service.d/20.conf", "[Service]\nUser=lib20\n");
	assert_value("a-b.service", "User", "prefix");
	write_file("/etc/systemd/system/a-b.service.d/20.conf", "[Service]\nUser=etc20\n");
	assert_value("a-b.service", "User", "etc20");
	make_link("/etc/systemd/system/a-b.service.d/05.conf", "/dev/null");
	assert_true(uh_unit_find(&unit, root, "a-b.service"));
	assert_null(uh_unit_value(&unit, "A"));
	uh_unit_free(&unit);
}

static void test_templates(void **state)
{
	struct uh_unit unit = {0};

	(void)state;
	write_file("/lib/systemd/system/db@.service", "[Service]\nUser=template\n");
	assert_value("db@15-main.service", "User", "template");
	write_file("/etc/systemd/system/db@.service.d/1.conf", "[Service]\nUser=all\n");
	assert_value("db@15-main.service", "User", "all");
	write_file("/etc/systemd/system/db@15-main.service.d/1.conf", "[Service]\nUser=one\n");
	assert_value("db@15-main.service", "User", "one");
	assert_value("db@16-main.service", "User", "all");
	write_file("/lib/systemd/system/db@17.service", "[Service]\nGroup=own\n");
	assert_value("db@17.service", "Group", "own");
	make_link("/etc/systemd/system/sql@.service", "/lib/systemd/system/db@.service");
	assert_true(uh_unit_find(&unit, root, "sql@15-main.service"));
	assert_string_equal(unit.name, "db@15-main.service");
	assert_string_equal(uh_unit_value(&unit, "User"), "one");
	uh_unit_free(&unit);
}

static void test_aliases(void **state)
{
	struct uh_unit unit = {0};

	(void)state;
	write_file("/lib/systemd/system/redis-server.service", "[Service]\nUser=redis\n");
	make_link("/etc/systemd/system/redis.service",
		  "/lib/systemd/system/redis-server.service");
	write_file("/etc/systemd/system/redis.service.d/1.conf", "[Service]\nGroup=alias\n");
	assert_true(uh_unit_find(&unit, root, "redis.service"));
	assert_string_equal(unit.name, "redis-server.service");
	assert_string_equal(uh_unit_value(&unit, "User"), "redis");
	uh_unit_free(&unit);
	assert_value("redis-server.service", "Group", "alias");
}

static void test_masked(void **state)
{
	struct uh_unit null = {0}, empty = {0};

	(void)state;
	write_file("/lib/systemd/system/a.service", "[Service]\nUser=a\n");
	make_link("/etc/systemd/system/a.service", "/dev/null");
	assert_true(uh_unit_find(&null, root, "a.service"));
	assert_true(null.masked);
	uh_unit_free(&null);
	write_file("/etc/systemd/system/b.service", "");
	assert_true(uh_unit_find(&empty, root, "b.service"));
	assert_true(empty.masked);
	uh_unit_free(&empty);
}

static void test_loop(void **state)
{
	struct uh_unit unit = {0};

	(void)state;
	make_link("/etc/systemd/system/a.service", "b.service");
	make_link("/etc/systemd/system/b.service", "a.service");
	assert_false(uh_unit_find(&unit, root, "a.service"));
	assert_int_equal(errno, ELOOP);
}

#define IN_ROOT(test) cmocka_unit_test_setup_teardown(test, make_root, remove_root)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_ROOT(test_directories), IN_ROOT(test_drop_ins), IN_ROOT(test_templates),
	    IN_ROOT(test_aliases),     IN_ROOT(test_masked),   IN_ROOT(test_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* test_process_unit.c: the unit that a cgroup belongs to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "command/inspect/process_unit.h"

struct expected {
	const char *path, *name;
	enum uh_restart_way way;
	uid_t user;
};

static void test_paths(void **state)
{
	static const struct expected expected[] = {
	    {"/", "", UH_BY_NOTHING, 0},
	    {"/docker/0123", "", UH_BY_NOTHING, 0},
	    {"/system.slice", "", UH_BY_NOTHING, 0},
	    {"/system.slice/nginx.service", "nginx.service", UH_BY_SERVICE, 0},
	    {"/system.slice/system-postgresql.slice/postgresql@15-main.service",
	     "postgresql@15-main.service", UH_BY_SERVICE, 0},
	    {"/system.slice/a.service/worker", "a.service", UH_BY_SERVICE, 0},
	    {"/machine.slice/systemd-nspawn@x.service/payload/system.slice/b.service",
	     "systemd-nspawn@x.service", UH_BY_SERVICE, 0},
	    {"/user.slice/user-1000.slice/session-3.scope", "session-3.scope", UH_BY_SCOPE, 0},
	    {"/system.slice/docker-0123.scope/system.slice/b.service", "docker-0123.scope",
	     UH_BY_SCOPE, 0},
	    {"/user.slice/user-1000.slice/user@1000.service/app.slice/u.service", "u.service",
	     UH_BY_USER_SERVICE, 1000},
	    {"/user.slice/user-1000.slice/user@1000.service/app.slice/app-x.scope",
	     "app-x.scope", UH_BY_SCOPE, 1000},
	    {"/user.slice/user-1000.slice/user@1000.service/init.scope", "user@1000.service",
	     UH_BY_USER_MANAGER, 1000},
	    {"/init.scope", "init.scope", UH_BY_MANAGER, 0},
	};
	struct uh_process_unit unit;

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
		uh_unit_of_cgroup(expected[i].path, &unit);
		assert_string_equal(unit.name, expected[i].name);
		assert_int_equal(unit.way, expected[i].way);
		assert_int_equal(unit.user, expected[i].user);
	}
}

static void test_gone(void **state)
{
	struct uh_process_unit unit;

	(void)state;
	uh_process_unit(0x7fffffff, &unit);
	assert_int_equal(unit.way, UH_BY_NOTHING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_paths),
	    cmocka_unit_test(test_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

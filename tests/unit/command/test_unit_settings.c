/* SPDX-License-Identifier: MIT */
/* test_unit_settings.c: what the settings of a unit allow, hide and expand to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "command/inspect/unit_lists.h"
#include "command/inspect/unit_paths.h"
#include "command/inspect/unit_specifiers.h"

/* Reads the lines of a section [Service]. */
static void read_text(struct uh_unit *unit, const char *lines)
{
	char text[2048];
	FILE *file;

	*unit = (struct uh_unit){.name = "a.service"};
	snprintf(text, sizeof(text), "[Service]\n%s", lines);
	file = fmemopen(text, strlen(text), "r");
	assert_non_null(file);
	assert_true(uh_unit_read(unit, file));
	fclose(file);
}

/* The verdict of the lines on the call connect, and the action if they refuse it. */
static bool allows(const char *lines, const char *expected_action)
{
	static const char *const connect[] = {"connect", "@network-io", "@system-service",
					      NULL};
	char action[UH_ACTION];
	struct uh_unit unit;

	read_text(&unit, lines);
	bool allowed = uh_unit_list_allows(&unit, "SystemCallFilter", connect, action);
	uh_unit_free(&unit);
	assert_string_equal(action, expected_action);
	return allowed;
}

static void test_system_calls(void **state)
{
	(void)state;
	assert_true(allows("", ""));
	assert_true(allows("SystemCallFilter=connect\n", ""));
	assert_false(allows("SystemCallFilter=read\n", ""));
	assert_false(allows("SystemCallFilter=~connect\n", ""));
	assert_false(allows("SystemCallFilter=~@network-io:EPERM\n", "EPERM"));
	/* redis-server.service of Debian 12 */
	assert_true(allows("SystemCallFilter=@system-service\n"
			   "SystemCallFilter=~ @privileged @resources\n",
			   ""));
	/* chrony.service of Debian 12 */
	assert_true(allows("SystemCallFilter=~@cpu-emulation @debug @module @mount @obsolete "
			   "@raw-io @reboot @swap\n",
			   ""));
	assert_false(
	    allows("SystemCallFilter=@system-service\nSystemCallFilter=~connect\n", ""));
	assert_true(allows("SystemCallFilter=~@network-io\nSystemCallFilter=connect\n", ""));
	assert_true(allows("SystemCallFilter=read\nSystemCallFilter=\n", ""));
	assert_false(allows("SystemCallFilter=~read\nSystemCallFilter=\n"
			    "SystemCallFilter=read\n",
			    ""));
	assert_false(allows("SystemCallFilter=@system-service connect:EACCES\n", "EACCES"));
}

static void test_families(void **state)
{
	static const char *const family[] = {"AF_UNIX", NULL};
	static const char *const allowing[] = {
	    "", "RestrictAddressFamilies=AF_INET\nRestrictAddressFamilies=AF_UNIX\n",
	    "RestrictAddressFamilies=~AF_PACKET\n"};
	static const char *const forbidding[] = {
	    "RestrictAddressFamilies=none\n", "RestrictAddressFamilies=AF_INET AF_INET6\n",
	    "RestrictAddressFamilies=~AF_UNIX\n",
	    "RestrictAddressFamilies=AF_UNIX\nRestrictAddressFamilies=~AF_UNIX\n"};
	char action[UH_ACTION];
	struct uh_unit unit;

	(void)state;
	for (size_t i = 0; i < 3 + 4; i++) {
		read_text(&unit, i < 3 ? allowing[i] : forbidding[i - 3]);
		assert_int_equal(
		    uh_unit_list_allows(&unit, "RestrictAddressFamilies", family, action),
		    i < 3);
		uh_unit_free(&unit);
	}
}

static bool passes(const char *lines, const char *address)
{
	struct uh_address parsed;
	struct uh_unit unit;

	assert_true(uh_address_parse(address, &parsed));
	read_text(&unit, lines);
	bool passed = uh_unit_allows_address(&unit, &parsed);
	uh_unit_free(&unit);
	return passed;
}

static void test_addresses(void **state)
{
	(void)state;
	assert_true(passes("", "127.0.0.1"));
	assert_false(passes("IPAddressDeny=any\n", "127.0.0.1"));
	assert_false(passes("IPAddressDeny=any\n", "fd00::1"));
	/* chrony-wait.service of Debian 12 */
	assert_true(passes("IPAddressAllow=localhost\nIPAddressDeny=any\n", "127.0.0.1"));
	assert_true(passes("IPAddressAllow=localhost\nIPAddressDeny=any\n", "::1"));
	assert_false(passes("IPAddressAllow=localhost\nIPAddressDeny=any\n", "192.168.1.20"));
	assert_false(passes("IPAddressDeny=10.0.0.0/8 192.168.0.0/16\n", "192.168.1.20"));
	assert_true(passes("IPAddressDeny=10.0.0.0/8\n", "192.168.1.20"));
	assert_true(passes("IPAddressDeny=::/0\n", "192.168.1.20"));
	assert_true(passes("IPAddressDeny=any\nIPAddressDeny=\n", "192.168.1.20"));
	assert_false(passes("IPAddressDeny=192.168.1.20\n", "192.168.1.20"));
}

/* Compares the place of /run/app/s in a unit, or the key of what hides it. */
static void assert_place(const char *lines, const char *path, const char *expected)
{
	struct uh_unit_place place;
	struct uh_unit unit;

	read_text(&unit, lines);
	uh_unit_place(&unit, path, &place);
	assert_string_equal(place.hidden_by ? place.hidden_by : place.here, expected);
	uh_unit_free(&unit);
}

static void test_places(void **state)
{
	(void)state;
	assert_place("", "/run/app/s", "/run/app/s");
	assert_place("PrivateTmp=yes\n", "/run/app/s", "/run/app/s");
	assert_place("PrivateTmp=yes\n", "/tmp/s", "PrivateTmp");
	assert_place("PrivateTmp=disconnected\n", "/var/tmp/s", "PrivateTmp");
	assert_place("PrivateTmp=yes\nBindPaths=/tmp/app\n", "/tmp/app/s", "/tmp/app/s");
	assert_place("ProtectHome=read-only\n", "/home/s", "/home/s");
	assert_place("ProtectHome=yes\nBindPaths=/home/app\n", "/home/app/s", "ProtectHome");
	assert_place("ProtectHome=tmpfs\nBindPaths=/home/app\n", "/home/app/s", "/home/app/s");
	assert_place("InaccessiblePaths=-/run/app\n", "/run/app/s", "InaccessiblePaths");
	assert_place("InaccessiblePaths=/run/ap\n", "/run/app/s", "/run/app/s");
	assert_place("TemporaryFileSystem=/run:ro\n", "/run/app/s", "TemporaryFileSystem");
	assert_place("TemporaryFileSystem=/run\nBindReadOnlyPaths=/run/app\n", "/run/app/s",
		     "/run/app/s");
	assert_place("BindPaths=/srv/x:/run/app:rbind\n", "/run/app/s", "/srv/x/s");
	assert_place("BindPaths=/run\nTemporaryFileSystem=/run/app\n", "/run/app/s",
		     "TemporaryFileSystem");
	assert_place("RootDirectory=/srv\n", "/run/app/s", "/srv/run/app/s");
	assert_place("RootDirectory=/srv\nBindPaths=/run\n", "/run/app/s", "/run/app/s");
	assert_place("RootImage=/srv.raw\n", "/run/app/s", "RootImage");
}

static void test_code(void **state)
{
	struct uh_unit unit;

	(void)state;
	/* redis-server.service of Debian 12 */
	read_text(&unit, "NoExecPaths=/\nExecPaths=/usr/bin/redis-server /usr/lib /lib\n");
	assert_false(uh_unit_forbids_code(&unit, "/usr/lib/libunhairpin.so"));
	assert_true(uh_unit_forbids_code(&unit, "/usr/local/lib/libunhairpin.so"));
	uh_unit_free(&unit);
	read_text(&unit, "");
	assert_false(uh_unit_forbids_code(&unit, "/usr/local/lib/libunhairpin.so"));
	uh_unit_free(&unit);
}

static void test_specifiers(void **state)
{
	static const char *const expected[][2] = {
	    {"%n", "postgresql@15-main.service"},
	    {"%N", "postgresql@15-main"},
	    {"%p", "postgresql"},
	    {"%i", "15-main"},
	    {"%I", "15/main"},
	    {"%f", "/15/main"},
	    {"%j", "postgresql"},
	    {"/run/%p/%i.s", "/run/postgresql/15-main.s"},
	    {"%t/%%p %q%", "/run/%p %q%"},
	};
	struct uh_unit unit = {.name = "postgresql@15-main.service"};
	struct uh_unit plain = {.name = "a-b\\x2dc.service"};
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
		uh_unit_expand(&unit, expected[i][0], text, sizeof(text));
		assert_string_equal(text, expected[i][1]);
	}
	uh_unit_expand(&plain, "%p %P %i %j %f", text, sizeof(text));
	assert_string_equal(text, "a-b\\x2dc a/b-c  b\\x2dc /a/b-c");
	uh_unit_expand(&unit, "%n", text, 5);
	assert_string_equal(text, "post");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_system_calls), cmocka_unit_test(test_families),
	    cmocka_unit_test(test_addresses),	 cmocka_unit_test(test_places),
	    cmocka_unit_test(test_code),	 cmocka_unit_test(test_specifiers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

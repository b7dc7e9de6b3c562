/* SPDX-License-Identifier: MIT */
/* The routes that the kernel must not be given. */
#include "made.h"
#include "command/kernel/refused_routes.h"

/* Asserts that the first refused route has this destination, and the reason these words. */
static void refused(struct made *made, const char *text, const char *words)
{
	struct uh_refusal refusal;

	assert_true(uh_refused_route(made->table, &refusal));
	assert_string_equal(uh_table_text(made->table, refusal.route->text), text);
	if (!strstr(refusal.reason, words))
		fail_msg("expected '%s' in '%s'", words, refusal.reason);
	made_free(made);
}

static void accepted(struct made *made)
{
	struct uh_refusal refusal;

	assert_false(uh_refused_route(made->table, &refusal));
	made_free(made);
}

/* A route for some addresses is accepted, whatever its target. */
static void test_accepted(void **state)
{
	(void)state;
	accepted(MADE_OF({"203.0.113.1:443", "127.0.0.1:8443"}, {"203.0.113.0/24", "refuse"},
			 {"[2001:db8::1]:443", "[::1]:8443"},
			 {"128.0.0.0/1", "10.0.0.1", .protocol = UH_ANY},
			 {"api.example.com", "127.0.0.1:22"},
			 {"127.0.0.1:443", "127.0.0.1:8443"},
			 {"127.0.0.1:22", "127.0.0.1:2222", .protocol = UH_UDP}));
}

static void test_every_address(void **state)
{
	(void)state;
	refused(MADE_OF({"0.0.0.0/0:443", "refuse"}), "0.0.0.0/0:443", "every address");
	refused(MADE_OF({"::/0", "refuse"}), "::/0", "every address");
	refused(MADE_OF({"0.0.0.0/0", "192.0.2.1", .users = {{33, 0}}, .user_count = 1},
			{"192.0.2.1", "direct", .users = {{33, 0}}, .user_count = 1}),
		"0.0.0.0/0", "every address");
}

/* The kernel leaves alone what it cannot carry, so such a route takes nothing. */
static void test_not_followed(void **state)
{
	(void)state;
	accepted(MADE_OF({"0.0.0.0/0", "direct"}, {"::/0", "unix:/run/x"}));
	accepted(MADE_OF({"0.0.0.0/0", "refuse", .programs = {"curl"}}));
	accepted(MADE_OF({"127.0.0.1:22", "direct"}, {"::/64", "unix:/run/x"}));
	accepted(MADE_OF({"127.0.0.1:22", "refuse", .programs = {"curl"}}));
}

static void test_ssh(void **state)
{
	(void)state;
	refused(MADE_OF({"127.0.0.1:22", "refuse"}), "127.0.0.1:22", "ssh");
	refused(MADE_OF({"[::1]:20-30", "192.0.2.1"}), "[::1]:20-30", "ssh");
	refused(MADE_OF({"0.0.0.0/1", "192.0.2.1"}), "0.0.0.0/1", "ssh");
	refused(MADE_OF({"127.0.0.0/8", "192.0.2.1", .users = {{33, 0}}, .user_count = 1}),
		"127.0.0.0/8", "ssh");
}

/* A more specific route shields the port only if it is for everyone. */
static void test_ssh_shielded(void **state)
{
	(void)state;
	accepted(MADE_OF({"127.0.0.0/8", "192.0.2.1"}, {"127.0.0.1:22", "direct"}));
	accepted(MADE_OF({"127.0.0.0/8", "192.0.2.1"},
			 {"127.0.0.1:22", "unix:/run/x", .programs = {"curl"}}));
	refused(MADE_OF({"127.0.0.0/8", "192.0.2.1"},
			{"127.0.0.1:22", "direct", .users = {{0, 0}}, .user_count = 1}),
		"127.0.0.0/8", "ssh");
	refused(MADE_OF({"127.0.0.0/8", "direct"},
			{"127.0.0.1:22", "192.0.2.1", .users = {{0, 0}}, .user_count = 1}),
		"127.0.0.1:22", "ssh");
}

/* A target that only the route's own users are kept from reaching again is none of its own. */
static void test_own_target(void **state)
{
	(void)state;
	accepted(MADE_OF({"203.0.113.0/24", "203.0.113.9", .users = {{33, 0}}, .user_count = 1},
			 {"203.0.113.9", "direct", .users = {{33, 0}}, .user_count = 1}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_accepted),	 cmocka_unit_test(test_every_address),
	    cmocka_unit_test(test_not_followed), cmocka_unit_test(test_ssh),
	    cmocka_unit_test(test_ssh_shielded), cmocka_unit_test(test_own_target),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

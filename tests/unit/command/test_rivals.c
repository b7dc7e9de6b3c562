/* SPDX-License-Identifier: MIT */
/* Routes for the same connections, of which the kernel follows one. */
#include "made.h"
#include "command/kernel/rivals.h"
#include "kernel_table.h"

/* Returns the index of the route with this destination. */
static uint32_t route_at(const struct made *made, const char *text)
{
	for (uint32_t i = 0; i < uh_table_routes(made->table); i++)
		if (!strcmp(uh_table_text(made->table, uh_table_route(made->table, i)->text),
			    text))
			return i;
	fail_msg("no route %s", text);
	return 0;
}

/* Asserts which route the first one hides: NULL for no route. */
static void hides(struct made *made, const char *text, const char *hidden)
{
	const struct uh_table_route *route =
	    uh_route_hidden(made->table, uh_table_route(made->table, route_at(made, text)));

	if (hidden)
		assert_non_null(route);
	else
		assert_null(route);
	if (route)
		assert_string_equal(uh_table_text(made->table, route->text), hidden);
	made_free(made);
}

static void test_hidden(void **state)
{
	(void)state;
	hides(MADE_OF({"203.0.113.1", "unix:/x"}, {"203.0.113.0/24:443", "192.0.2.1"}),
	      "203.0.113.1", "203.0.113.0/24:443");
	hides(MADE_OF({"203.0.113.1", "unix:/x"}, {"203.0.113.0/24", "refuse"}), "203.0.113.1",
	      "203.0.113.0/24");
	hides(MADE_OF({"api.example.com:443", "unix:/x"}, {"*.example.com", "192.0.2.1"}),
	      "api.example.com:443", "*.example.com");
	hides(MADE_OF({"203.0.113.1", "192.0.2.1", .programs = {"curl"}, .protocol = UH_ANY},
		      {"203.0.113.1:53", "192.0.2.2", .protocol = UH_UDP},
		      {"203.0.113.0/24:53", "192.0.2.2", .protocol = UH_UDP}),
	      "203.0.113.1", "203.0.113.0/24:53");
}

static void test_nothing_hidden(void **state)
{
	(void)state;
	hides(MADE_OF({"203.0.113.1", "unix:/x"}, {"203.0.113.0/24", "direct"}), "203.0.113.1",
	      NULL);
	hides(MADE_OF({"203.0.113.1:443", "unix:/x"}, {"203.0.113.0/24:80", "192.0.2.1"}),
	      "203.0.113.1:443", NULL);
	hides(MADE_OF({"203.0.113.1", "unix:/x"},
		      {"203.0.113.0/24", "192.0.2.1", .protocol = UH_UDP}),
	      "203.0.113.1", NULL);
	hides(MADE_OF({"203.0.113.0/24", "unix:/x"}, {"203.0.113.1", "192.0.2.1"}),
	      "203.0.113.0/24", NULL);
}

/* Returns a table with so many routes for users, each less specific, before one for everyone.
 */
static struct made *chain(unsigned with_users, bool for_everyone)
{
	struct made *made = made_new();
	char text[32];

	for (unsigned i = 0; i < with_users; i++) {
		snprintf(text, sizeof(text), "203.0.113.1:%u-%u", 100 - i, 100 + i);
		MADE_ADD(made, i ? text : "203.0.113.1:100", "192.0.2.1", .users = {{i, 0}},
			 .user_count = 1);
	}
	if (for_everyone)
		MADE_ADD(made, "203.0.113.0/24", "192.0.2.2");
	made_table(made);
	return made;
}

/* Asserts how many routes of a table the kernel does not come to. */
static void unreached(struct made *made, unsigned expected)
{
	bool *marks = calloc(uh_table_routes(made->table) + 1, sizeof(bool));
	unsigned count = 0;

	uh_routes_unreached(made->table, marks);
	for (uint32_t i = 0; i < uh_table_routes(made->table); i++)
		count += marks[i];
	assert_int_equal(count, expected);
	free(marks);
	made_free(made);
}

static void test_unreached(void **state)
{
	(void)state;
	unreached(chain(UH_CHAIN_MAX - 1, true), 0);
	unreached(chain(UH_CHAIN_MAX, true), 2);
	unreached(chain(UH_CHAIN_MAX, false), 0);
	unreached(chain(UH_CHAIN_MAX + 1, false), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_hidden),
	    cmocka_unit_test(test_nothing_hidden),
	    cmocka_unit_test(test_unreached),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* test_resolved_names.c: the names that addresses were looked up with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "names/resolved_names.h"

static void test_last_name(void **state)
{
	struct uh_address address = {.byte = {[15] = 1}};
	char name[UH_NAME_MAX + 1];

	(void)state;
	assert_false(uh_resolved_name_find(&address, name));
	uh_resolved_name_put(&address, "Api.Example.COM.");
	assert_true(uh_resolved_name_find(&address, name));
	assert_string_equal(name, "api.example.com");
	uh_resolved_name_put(&address, "www.example.com");
	uh_resolved_name_put(&address, "203.0.113.1");
	assert_true(uh_resolved_name_find(&address, name));
	assert_string_equal(name, "www.example.com");
}

/* With more addresses than fit, the last one is found, and no address has a wrong name. */
static void test_many(void **state)
{
	enum { MANY = 3000 };
	struct uh_address address = {.byte = {[15] = 2}};
	char name[UH_NAME_MAX + 1], wanted[32];
	unsigned found = 0;

	(void)state;
	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 0; i < MANY; i++) {
			address.byte[14] = (unsigned char)(i >> 8);
			address.byte[13] = (unsigned char)i;
			snprintf(wanted, sizeof(wanted), "n%u.example", i);
			if (round == 0)
				uh_resolved_name_put(&address, wanted);
			if (!uh_resolved_name_find(&address, name))
				continue;
			assert_string_equal(name, wanted);
			found += round;
		}
	assert_string_equal(name, "n2999.example");
	assert_in_range(found, 512, 1024);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_last_name),
	    cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* test_bind_early.c: this program's calls are bound to the functions that the loader would
 * choose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dlfcn.h>

#include "libc/bind_early.h"
#include "sanitized.h"

#ifdef UH_BINDS_CALLS
#include "libc/loaded_objects.h"

static void **place_of(const struct uh_loaded *object, size_t i)
{
	return (void **)(uh_loaded_own()->l_addr + object->calls[i].r_offset);
}

static const char *name_of(const struct uh_loaded *object, size_t i)
{
	uint32_t symbol = (uint32_t)ELF64_R_SYM(object->calls[i].r_info);

	return object->names + object->symbols[symbol].st_name;
}

static void test_all_are_bound(void **state)
{
	struct uh_loaded object;
	unsigned changed = 0;
	void *before[1024];
	size_t calls;

	(void)state;
	assert_true(uh_loaded_read(uh_loaded_own(), &object));
	calls = object.calls_size / sizeof(*object.calls);
	if (object.bound_at_start || !calls)
		skip();
	if (SANITIZED) {
		print_message("SKIP test_all_are_bound: some calls are the sanitizer's\n");
		skip();
	}
	if (calls > 128)
		calls = 128; /* the loader binds further ones */
	for (size_t i = 0; i < calls; i++)
		before[i] = *place_of(&object, i);
	uh_bind_calls();
	for (size_t i = 0; i < calls; i++) {
		assert_ptr_equal(*place_of(&object, i),
				 dlsym(RTLD_DEFAULT, name_of(&object, i)));
		changed += before[i] != *place_of(&object, i);
	}
	assert_true(changed > 10);
}

static void test_symbols(void **state)
{
	const struct link_map *map = uh_loaded_first();
	struct uh_loaded object;

	(void)state;
	assert_ptr_equal(uh_loaded_own(), map); /* the program */
	assert_true(uh_loaded_read(map, &object));
	assert_null(uh_loaded_find(&object, "uh_nobody", uh_loaded_hash("uh_nobody")));
	/* The program may contain a sanitizer's runtime, which has its own connect(2). */
	assert_true(SANITIZED ||
		    !uh_loaded_find(&object, "connect", uh_loaded_hash("connect")));
	assert_int_equal(uh_loaded_hash(""), 5381);
	assert_int_equal(uh_loaded_hash("printf"), 0x156b2bb8);
}
#else
static void test_all_are_bound(void **state)
{
	(void)state;
	uh_bind_calls();
	skip();
}

static void test_symbols(void **state)
{
	(void)state;
	skip();
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all_are_bound),
	    cmocka_unit_test(test_symbols),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* test_next.c: the next definition of a function is the one that dlsym(3) finds. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <errno.h>

#include "libc/libc.h"
#include "libc/next.h"

static void same_as_dlsym(void **state)
{
#define COMPARE(name, ...)                                                                     \
	assert_ptr_equal(uh_next_definition(#name), dlsym(RTLD_NEXT, #name));                  \
	assert_ptr_equal((void *)uh_libc_##name(), dlsym(RTLD_NEXT, #name));
	(void)state;
	UH_LIBC_FUNCTIONS(COMPARE)
}

/* A function that is chosen at run time, one with old versions, and a variable. */
static void unusual_ones(void **state)
{
	static const char *const names[] = {
	    "memcpy",	"strlen",  "time",   "pthread_cond_wait",
	    "realpath", "environ", "dlopen", "regexec"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_non_null(dlsym(RTLD_NEXT, names[i]));
		assert_ptr_equal(uh_next_definition(names[i]), dlsym(RTLD_NEXT, names[i]));
	}
}

/* go_caller.c needs it: otherwise it would search for Go's objects page by page. */
static void loaders_search(void **state)
{
	(void)state;
	assert_ptr_equal(uh_next_unlocked("_dl_find_object"),
			 dlsym(RTLD_NEXT, "_dl_find_object"));
	assert_null(uh_next_unlocked("uh_is_nowhere"));
}

static void nowhere(void **state)
{
	(void)state;
	errno = ENFILE;
	assert_null(uh_next_definition("uh_is_nowhere"));
	assert_null(uh_next_definition(""));
	assert_int_equal(errno, ENFILE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(same_as_dlsym),
	    cmocka_unit_test(unusual_ones),
	    cmocka_unit_test(loaders_search),
	    cmocka_unit_test(nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

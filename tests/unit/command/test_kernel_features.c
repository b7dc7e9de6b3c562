/* SPDX-License-Identifier: MIT */
/* The sentences about missing features of the kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "command/kernel/kernel_features.h"

static void says(const struct uh_kernel_features *features, const char *words)
{
	char text[UH_FEATURE_TEXT] = "";

	assert_true(uh_kernel_features_first_missing(features, text));
	if (!strstr(text, words))
		fail_msg("expected '%s' in '%s'", words, text);
}

static void test_nothing_missing(void **state)
{
	struct uh_kernel_features features = {.error = 0};
	char text[UH_FEATURE_TEXT];

	(void)state;
	assert_false(uh_kernel_features_first_missing(&features, text));
	features.state[UH_FEATURE_ERRORS] = UH_FEATURE_MISSING;
	assert_false(uh_kernel_features_first_missing(&features, text));
	features.state[UH_FEATURE_SIZES] = UH_FEATURE_UNKNOWN;
	assert_false(uh_kernel_features_first_missing(&features, text));
}

/* The first one is named: a later one may be missing because of it. */
static void test_first(void **state)
{
	struct uh_kernel_features features = {.error = E2BIG};

	(void)state;
	features.state[UH_FEATURE_VERIFIER] = UH_FEATURE_MISSING;
	says(&features, strerror(E2BIG));
	features.state[UH_FEATURE_SIZES] = UH_FEATURE_MISSING;
	says(&features, "Linux 5.10 or later");
	features.state[UH_FEATURE_HOOKS + UH_HOOKS - 1] = UH_FEATURE_MISSING;
	says(&features, "\"getpeername6\"");
	features.state[UH_FEATURE_RIGHTS] = UH_FEATURE_MISSING;
	says(&features, "CAP_BPF");
	features.state[UH_FEATURE_FILE_SYSTEM] = UH_FEATURE_MISSING;
	says(&features, "mount -t bpf");
	features.state[UH_FEATURE_PROGRAMS] = UH_FEATURE_MISSING;
	says(&features, "clang");
}

/* Each feature has a name of its own, a hook that of its program, and a sentence that fits. */
static void test_names(void **state)
{
	const struct uh_kernel_features features = {.error = EINVAL};

	(void)state;
	for (int i = 0; i < UH_KERNEL_FEATURES; i++) {
		char text[UH_FEATURE_TEXT];

		uh_feature_describe(&features, (enum uh_kernel_feature)i, text);
		assert_in_range(strlen(text), 20, UH_FEATURE_TEXT - 2);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(uh_feature_name((enum uh_kernel_feature)i),
						uh_feature_name((enum uh_kernel_feature)j));
	}
	for (int i = 0; i < UH_HOOKS; i++)
		assert_string_equal(
		    uh_feature_name((enum uh_kernel_feature)(UH_FEATURE_HOOKS + i)),
		    uh_hook_name[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nothing_missing),
	    cmocka_unit_test(test_first),
	    cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

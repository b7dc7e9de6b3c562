/* SPDX-License-Identifier: MIT */
/* test_said_targets.c: the file of targets that were logged is no cancellation point. */
#include "made.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "observe/counter_directory.h"
#include "observe/said_targets.h"

enum { KEY = 7, ERROR = 111 };

static bool said;

static void *ask_while_cancelled(void *unused)
{
	(void)unused;
	pthread_cancel(pthread_self());
	said = uh_said_target(KEY, ERROR);
	uh_said_forget(KEY);
	said = said && !uh_said_target(KEY, ERROR);
	return NULL;
}

static void test_cancellation(void **state)
{
	char directory[] = "/tmp/said_targets.XXXXXX", path[64];
	pthread_t thread;
	void *result;

	(void)state;
	assert_non_null(mkdtemp(directory));
	assert_int_equal(setenv("UNHAIRPIN_STATS", directory, 1), 0);
	uh_counter_directory_find();
	snprintf(path, sizeof(path), "%s/" UH_SAID_FILE, directory);
	uh_said_create(path);
	assert_false(uh_said_target(KEY, ERROR));
	assert_int_equal(pthread_create(&thread, NULL, ask_while_cancelled, NULL), 0);
	assert_int_equal(pthread_join(thread, &result), 0);
	assert_ptr_not_equal(result, PTHREAD_CANCELED);
	assert_true(said);
	unlink(path);
	rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cancellation),
	};

	return cmocka_run_group_tests_name("said_targets", tests, NULL, NULL);
}

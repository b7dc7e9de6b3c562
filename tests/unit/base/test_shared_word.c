/* SPDX-License-Identifier: MIT */
/* test_shared_word.c: words of a mapped file, also after the file was cut. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/shared_word.h"

enum { SIZE = 65536, THREADS = 4, CHILDREN = 4, TURNS = 20000 };

static int file;
static uint32_t *words;

static int begin(void **state)
{
	char path[] = "/tmp/unhairpin-word.XXXXXX";

	(void)state;
	file = mkstemp(path);
	if (file < 0 || unlink(path) != 0 || ftruncate(file, SIZE) != 0)
		return -1;
	words = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	return words == MAP_FAILED ? -1 : 0;
}

static int end(void **state)
{
	(void)state;
	munmap(words, SIZE);
	return close(file);
}

static void test_counts(void **state)
{
	uint32_t *word = &words[5000];

	(void)state;
	assert_true(uh_shared_add(word, 1));
	assert_true(uh_shared_add(word, 1));
	assert_int_equal(*word, 2);
	*word = UINT32_MAX;
	assert_true(uh_shared_add(word, 1));
	assert_int_equal(*word, 0);
	assert_int_equal(words[4999], 0);
	assert_int_equal(words[5001], 0);
}

/* One call adds less than 2048, or a power of two. */
static void test_adds_any_number(void **state)
{
	const uint32_t number[] = {0, 2047, 2048, 2049, 1234567, 1U << 31, UINT32_MAX};
	uint32_t *word = &words[5000], sum = 0;

	(void)state;
	*word = 0;
	for (size_t i = 0; i < sizeof(number) / sizeof(*number); i++) {
		assert_true(uh_shared_add(word, number[i]));
		sum += number[i];
		assert_int_equal(*word, sum);
	}
	assert_int_equal(words[4999], 0);
	assert_int_equal(words[5001], 0);
}

static void test_compares(void **state)
{
	(void)state;
	words[7] = UINT32_MAX - 1;
	assert_true(uh_shared_is(&words[7], UINT32_MAX - 1));
	assert_false(uh_shared_is(&words[7], UINT32_MAX));
	assert_false(uh_shared_is(&words[7], 0));
	assert_true(uh_shared_is(&words[8], 0));
	assert_int_equal(words[7], UINT32_MAX - 1);
}

static void test_time(void **state)
{
	int64_t *at = (int64_t *)&words[16];
	time_t before = time(NULL);

	(void)state;
	assert_true(uh_shared_time(at));
	/* time(2) returns the time of the clock's last tick. */
	assert_in_range(at[0], before, time(NULL) + 1);
	assert_in_range(at[1], 0, 999999999);
	assert_int_equal(words[20], 0);
}

/* After the file has grown again, the same mapping has zeros there. */
static void test_cut(void **state)
{
	uint32_t *word = &words[5000];

	(void)state;
	assert_true(uh_shared_add(word, 1));
	assert_int_equal(ftruncate(file, 4096), 0);
	assert_true(uh_shared_add(words, 1));
	assert_false(uh_shared_add(word, 1));
	assert_int_equal(errno, EFAULT);
	assert_false(uh_shared_is(word, 0));
	assert_false(uh_shared_is(word, 1));
	assert_false(uh_shared_time((int64_t *)&words[5002]));
	assert_int_equal(ftruncate(file, SIZE), 0);
	assert_true(uh_shared_add(word, 1));
	assert_int_equal(*word, 1);
}

static void test_not_to_be_written(void **state)
{
	(void)state;
	assert_int_equal(mprotect(words, SIZE, PROT_READ), 0);
	assert_false(uh_shared_add(words, 1));
	assert_true(uh_shared_is(words, 0));
}

static void *count(void *word)
{
	for (int i = 0; i < TURNS; i++)
		if (!uh_shared_add(word, 1))
			return NULL;
	return word;
}

static void test_threads_and_processes(void **state)
{
	pthread_t thread[THREADS];
	int status;

	(void)state;
	for (int i = 0; i < CHILDREN; i++)
		if (fork() == 0)
			_exit(!count(words));
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, count, words), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	for (int i = 0; i < CHILDREN; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(*words, (THREADS + CHILDREN) * TURNS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_counts, begin, end),
	    cmocka_unit_test_setup_teardown(test_adds_any_number, begin, end),
	    cmocka_unit_test_setup_teardown(test_compares, begin, end),
	    cmocka_unit_test_setup_teardown(test_time, begin, end),
	    cmocka_unit_test_setup_teardown(test_cut, begin, end),
	    cmocka_unit_test_setup_teardown(test_not_to_be_written, begin, end),
	    cmocka_unit_test_setup_teardown(test_threads_and_processes, begin, end),
	};

	return cmocka_run_group_tests_name("shared_word", tests, NULL, NULL);
}

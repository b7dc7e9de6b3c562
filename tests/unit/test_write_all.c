/* SPDX-License-Identifier: MIT */
/* test_write_all.c: buffers that a pipe takes in parts, in one, or not at all. */
#include "made.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "write_all.h"

enum { LARGE = 1 << 18 }; /* a pipe holds 64 KiB */

static unsigned char bytes[LARGE], seen[LARGE];
static int end[2];
static size_t count;

static void drain(void)
{
	ssize_t part;

	while ((part = read(end[0], seen + count, sizeof(seen) - count)) > 0)
		count += (size_t)part;
}

/* Sets the clock anew: signals at fixed times would come faster than valgrind can run this. */
static void on_alarm(int number)
{
	static int alarms;

	(void)number;
	if (alarms++ % 2)
		drain();
	ualarm(20000, 0);
}

/* The writer waits with a full pipe for a signal (without SA_RESTART). Every other handler
 * reads: write(2) has written a part, or nothing (EINTR). */
static void test_in_parts(void **state)
{
	struct sigaction action = {.sa_handler = on_alarm}, before;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 31 + i / 251);
	assert_int_equal(pipe(end), 0);
	assert_int_equal(fcntl(end[0], F_SETFL, O_NONBLOCK), 0);
	sigaction(SIGALRM, &action, &before);
	ualarm(20000, 0);
	assert_true(uh_write_all(end[1], bytes, sizeof(bytes)));
	ualarm(0, 0);
	sigaction(SIGALRM, &before, NULL);
	drain();
	assert_int_equal(count, sizeof(bytes));
	assert_memory_equal(seen, bytes, sizeof(bytes));
	close(end[0]);
	close(end[1]);
}

static void test_nothing(void **state)
{
	(void)state;
	assert_true(uh_write_all(-1, bytes, 0));
}

static void test_fails(void **state)
{
	(void)state;
	errno = 0;
	assert_false(uh_write_all(-1, bytes, 1));
	assert_int_equal(errno, EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_in_parts),
	    cmocka_unit_test(test_nothing),
	    cmocka_unit_test(test_fails),
	};

	return cmocka_run_group_tests_name("write_all", tests, NULL, NULL);
}

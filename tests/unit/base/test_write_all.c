/* SPDX-License-Identifier: MIT */
/* test_write_all.c: a pipe takes a buffer in parts, at once, or not at all. */
#include "made.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/write_all.h"

enum { LARGE = 1 << 18, SIGNALS = 8 }; /* a pipe holds 64 KiB */

static unsigned char bytes[LARGE], seen[LARGE];

static void on_signal(int number)
{
	(void)number;
}

/* The child process: interrupts the writer, whose pipe is full, before each of the first reads.
 */
static void interrupt_and_read(pid_t writer, int fd)
{
	size_t count = 0;
	ssize_t part = 1;

	for (int i = 0; part > 0; i++) {
		for (int j = 0; j < 2 && i < SIGNALS; j++) {
			usleep(10000);
			kill(writer, SIGUSR1);
		}
		part = read(fd, seen + count, sizeof(seen) - count);
		count += part > 0 ? (size_t)part : 0;
	}
	_exit(count != sizeof(bytes) || memcmp(seen, bytes, sizeof(bytes)) != 0);
}

/* Without SA_RESTART, a signal makes write(2) return a part, or fail with EINTR. */
static void test_in_parts(void **state)
{
	struct sigaction action = {.sa_handler = on_signal}, before;
	int end[2], status;
	pid_t writer = getpid(), child;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 31 + i / 251);
	assert_int_equal(pipe(end), 0);
	sigaction(SIGUSR1, &action, &before);
	child = fork();
	if (child == 0) {
		close(end[1]);
		interrupt_and_read(writer, end[0]);
	}
	assert_true(uh_write_all(end[1], bytes, sizeof(bytes)));
	close(end[1]);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	assert_int_equal(status, 0);
	close(end[0]);
	sigaction(SIGUSR1, &before, NULL);
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

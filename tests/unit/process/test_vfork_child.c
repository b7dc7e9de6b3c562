/* SPDX-License-Identifier: MIT */
/* test_vfork_child.c: a task knows whether its memory is another process's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process/vfork_child.h"
#include "process/clone.h"
#include "process/seccomp_filter.h"

enum { STACK = 64 << 10 };

static _Alignas(16) char stack[STACK];

static bool borrows(void)
{
	return uh_is_vfork_child(uh_thread_id());
}

static int status_of(pid_t child)
{
	int status = -1;

	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, __WALL), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static volatile bool shared;

/* Our system calls must not change errno. */
static int child(void *unused)
{
	bool result;

	(void)unused;
	shared = true;
	errno = ENFILE;
	result = borrows();
	return errno == ENFILE ? result : 2;
}

/*
 * valgrind and sanitizers turn some of these into fork(2): tested by whether the memory is
 * shared.
 */
static void test_shares(void **state)
{
	static const int flags[] = {CLONE_VM | CLONE_VFORK | SIGCHLD, CLONE_VM | SIGCHLD,
				    CLONE_VM | CLONE_FILES | SIGCHLD};

	(void)state;
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		int status;

		shared = false;
		status = status_of(uh_clone(child, stack + STACK, flags[i], NULL));
		assert_int_equal(status, shared);
	}
	assert_false(borrows());
}

static void test_vfork(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	shared = false;
	pid = vfork();
	if (pid == 0)
		_exit(child(NULL));
	status = status_of(pid);
	assert_int_equal(status, shared);
}

static void *in_thread(void *result)
{
	*(bool *)result = borrows();
	return NULL;
}

static void test_own(void **state)
{
	bool result = true;
	pthread_t thread;
	pid_t pid;

	(void)state;
	assert_false(borrows());
	assert_int_equal(pthread_create(&thread, NULL, in_thread, &result), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_false(result);
	pid = fork();
	if (pid == 0)
		_exit(borrows());
	assert_int_equal(status_of(pid), 0);
}

/* libc doesn't know that child's thread number. */
static void test_own_by_clone(void **state)
{
	pid_t pid;

	(void)state;
	if (uh_is_filtered())
		skip(); /* the kernel is not asked under a filter */
	pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	if (pid == 0)
		_exit(borrows());
	assert_int_equal(status_of(pid), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_shares),
	    cmocka_unit_test(test_vfork),
	    cmocka_unit_test(test_own),
	    cmocka_unit_test(test_own_by_clone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* test_turn.c: one thread at a time has the turn, and a dead owner is not waited for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "process/clone.h"
#include "process/turn.h"

enum { LONG_MS = 10000, STACK = 256 << 10 };

#define BIT(number) (UINT64_C(1) << ((number)-1))

/*
 * All signals except those that a thread's own instructions raise, and the two that can't be
 * blocked.
 */
static const uint64_t all_signals = ~(BIT(SIGKILL) | BIT(SIGSTOP) | BIT(SIGILL) | BIT(SIGTRAP) |
				      BIT(SIGBUS) | BIT(SIGFPE) | BIT(SIGSEGV) | BIT(SIGSYS));

static uint64_t kernel_mask(void)
{
	uint64_t mask = 0;

	syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, &mask, sizeof(mask));
	return mask;
}

static int cancel_state(void)
{
	int state, ignored;

	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
	pthread_setcancelstate(state, &ignored);
	return state;
}

/* True if the turn is free. It is given back. */
static bool is_free(void)
{
	struct uh_turn turn;

	if (!uh_turn_begin(&turn, 0))
		return false;
	uh_turn_end(&turn);
	return true;
}

/* A thread that has the turn until `give` is set. */
struct holder {
	pthread_t thread;
	atomic_bool has, give;
};

static void *hold(void *context)
{
	struct holder *holder = context;
	struct uh_turn turn;

	if (!uh_turn_begin(&turn, LONG_MS))
		abort(); /* cmocka's checks are for the main thread */
	holder->has = true;
	while (!holder->give)
		usleep(1000);
	uh_turn_end(&turn);
	return NULL;
}

static void begin_hold(struct holder *holder)
{
	*holder = (struct holder){0};
	assert_int_equal(pthread_create(&holder->thread, NULL, hold, holder), 0);
	while (!holder->has)
		usleep(1000);
}

static void end_hold(struct holder *holder)
{
	holder->give = true;
	assert_int_equal(pthread_join(holder->thread, NULL), 0);
}

static void test_keeps_what_is_the_threads(void **state)
{
	const uint64_t mask = UINT64_C(1) << (SIGUSR1 - 1) | UINT64_C(1) << (33 - 1);
	struct uh_turn turn;
	uint64_t before;

	(void)state;
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, &before, sizeof(before));
	errno = 77;
	assert_true(uh_turn_begin(&turn, 0));
	assert_int_equal(kernel_mask(), all_signals);
	assert_int_equal(cancel_state(), PTHREAD_CANCEL_DISABLE);
	errno = 78;
	uh_turn_end(&turn);
	assert_int_equal(errno, 77);
	assert_int_equal(kernel_mask(), mask);
	assert_int_equal(cancel_state(), PTHREAD_CANCEL_ENABLE);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof(before));
}

/* A thread that already has the turn does not wait for itself. */
static void test_not_twice(void **state)
{
	struct uh_turn turn, again;
	uint64_t began = uh_clock_ms();

	(void)state;
	assert_true(uh_turn_begin(&turn, 0));
	errno = 77;
	assert_false(uh_turn_begin(&again, LONG_MS));
	assert_int_equal(errno, 77);
	assert_true(uh_clock_ms() - began < LONG_MS);
	assert_int_equal(kernel_mask(), all_signals);
	uh_turn_end(&turn);
	assert_true(is_free());
}

static void test_waits_no_longer_than_told(void **state)
{
	uint64_t before = kernel_mask(), began;
	struct holder holder;
	struct uh_turn turn;

	(void)state;
	begin_hold(&holder);
	assert_false(is_free());
	began = uh_clock_ms();
	errno = 77;
	assert_false(uh_turn_begin(&turn, 100));
	assert_int_equal(errno, 77);
	assert_in_range(uh_clock_ms() - began, 100, LONG_MS);
	assert_int_equal(kernel_mask(), before);
	assert_int_equal(cancel_state(), PTHREAD_CANCEL_ENABLE);
	end_hold(&holder);
	assert_true(is_free());
}

static atomic_int handled;

static void on_signal(int number)
{
	(void)number;
	handled++;
}

/* Signals are delivered while a thread waits. */
static void test_waits_for_another(void **state)
{
	struct sigaction action = {.sa_handler = on_signal}, before;
	struct holder first, second = {0};

	(void)state;
	handled = 0;
	sigaction(SIGUSR1, &action, &before);
	begin_hold(&first);
	assert_int_equal(pthread_create(&second.thread, NULL, hold, &second), 0);
	usleep(50000);
	assert_int_equal(pthread_kill(second.thread, SIGUSR1), 0);
	while (!handled)
		usleep(1000);
	assert_false(second.has);
	end_hold(&first);
	end_hold(&second);
	assert_true(second.has);
	assert_int_equal(handled, 1);
	sigaction(SIGUSR1, &before, NULL);
}

static unsigned count;

static void *count_up(void *context)
{
	(void)context;
	for (int i = 0; i < 2000; i++) {
		struct uh_turn turn;

		if (!uh_turn_begin(&turn, 6 * LONG_MS))
			return NULL;
		count++;
		uh_turn_end(&turn);
	}
	return NULL;
}

static void test_one_at_a_time(void **state)
{
	pthread_t thread[8];

	(void)state;
	count = 0;
	for (int i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, count_up, NULL), 0);
	for (int i = 0; i < 8; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	assert_int_equal(count, 8 * 2000);
}

/* Children with their own memory. */
static pid_t clone_as_fork(void)
{
	return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

static pid_t (*const forks[])(void) = {fork, _Fork, clone_as_fork};

/* The child's turn is a copy: the parent still has its own. */
static void test_free_in_a_child(void **state)
{
	struct holder holder;

	(void)state;
	begin_hold(&holder);
	for (size_t i = 0; i < sizeof(forks) / sizeof(*forks); i++) {
		int status;
		pid_t child = forks[i]();

		if (child == 0)
			_exit(is_free() && is_free() ? 0 : 1);
		assert_int_equal(waitpid(child, &status, 0), child);
		if (status != 0)
			fail_msg("way %zu: %#x", i, (unsigned)status);
		assert_false(is_free());
	}
	end_hold(&holder);
}

/* Forks while this thread has the turn: the child's thread has another number, and no turn. */
static void test_free_in_its_own_child(void **state)
{
	struct uh_turn turn;
	int status;
	pid_t child;

	(void)state;
	assert_true(uh_turn_begin(&turn, 0));
	child = clone_as_fork();
	if (child == 0)
		_exit(is_free() ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	uh_turn_end(&turn);
	assert_int_equal(status, 0);
}

/*
 * Runs work in a child that shares the memory, as after vfork(2) (sanitizers turn vfork(2)
 * itself into fork(2)). work's result is the exit status. Returns the status from wait(2).
 */
static int run_in_vfork(int (*work)(void *), void *context)
{
	char *stack =
	    mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int status = -1;
	pid_t child;

	assert_true(stack != MAP_FAILED);
	child = uh_clone(work, stack + STACK, CLONE_VM | CLONE_VFORK | SIGCHLD, context);
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	munmap(stack, STACK);
	return status;
}

static int report_free(void *context)
{
	(void)context;
	return is_free();
}

static void test_shared_with_a_vfork_child(void **state)
{
	struct holder holder;

	(void)state;
	begin_hold(&holder);
	assert_int_equal(run_in_vfork(report_free, NULL), 0);
	end_hold(&holder);
	assert_int_equal(run_in_vfork(report_free, NULL), 1 << 8);
}

static int take_and_exit(void *context)
{
	struct uh_turn turn;

	(void)context;
	return uh_turn_begin(&turn, 0) ? 5 : 1;
}

static int take_and_die(void *context)
{
	struct uh_turn turn;

	(void)context;
	if (uh_turn_begin(&turn, 0))
		syscall(SYS_kill, (pid_t)syscall(SYS_getpid), SIGKILL);
	return 1;
}

/* The child shares the parent thread's cancel state, and has not restored it. */
static void test_lost_by_a_child_that_ended(void **state)
{
	(void)state;
	assert_int_equal(run_in_vfork(take_and_exit, NULL), 5 << 8);
	assert_true(is_free());
	assert_int_equal(run_in_vfork(take_and_die, NULL), SIGKILL);
	assert_true(is_free());
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
}

/* A child that keeps the turn until it ends. */
static _Atomic pid_t keeping;

static int take_and_stay(void *context)
{
	struct uh_turn turn;

	(void)context;
	if (uh_turn_begin(&turn, 0))
		keeping = (pid_t)syscall(SYS_getpid);
	else
		keeping = -1;
	while (keeping > 0)
		pause();
	return 1;
}

static void *start_child(void *context)
{
	*(int *)context = run_in_vfork(take_and_stay, NULL);
	return NULL;
}

/* A killed owner wakes nobody: the waiting thread must notice by itself. */
static void test_lost_while_another_waits(void **state)
{
	struct holder waiter = {0};
	pthread_t parent;
	int status = 0;

	(void)state;
	assert_int_equal(pthread_create(&parent, NULL, start_child, &status), 0);
	while (!keeping)
		usleep(1000);
	assert_true(keeping > 0);
	assert_false(is_free());
	assert_int_equal(pthread_create(&waiter.thread, NULL, hold, &waiter), 0);
	usleep(50000);
	assert_false(waiter.has);
	kill(keeping, SIGKILL);
	assert_int_equal(pthread_join(parent, NULL), 0);
	assert_int_equal(status, SIGKILL);
	end_hold(&waiter);
	assert_true(waiter.has);
	assert_true(is_free());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_keeps_what_is_the_threads),
	    cmocka_unit_test(test_not_twice),
	    cmocka_unit_test(test_waits_no_longer_than_told),
	    cmocka_unit_test(test_waits_for_another),
	    cmocka_unit_test(test_one_at_a_time),
	    cmocka_unit_test(test_free_in_a_child),
	    cmocka_unit_test(test_free_in_its_own_child),
	    cmocka_unit_test(test_shared_with_a_vfork_child),
	    cmocka_unit_test(test_lost_by_a_child_that_ended),
	    cmocka_unit_test(test_lost_while_another_waits),
	};

	return cmocka_run_group_tests_name("turn", tests, NULL, NULL);
}

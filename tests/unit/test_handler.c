/* SPDX-License-Identifier: MIT */
/* test_handler.c: a handler that runs is told from a frame that one left behind. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "preload/handler.h"

#ifdef __has_feature
#define UH_HAS_FEATURE __has_feature
#else
#define UH_HAS_FEATURE(feature) 0
#endif

enum { FRAME = 1024, DEEP = 65536 };

static volatile sig_atomic_t found;

/* What the kernel put on the stack, from where it begins. */
static unsigned char frame[FRAME];

static bool found_here(void)
{
	sigset_t mask;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	return uh_in_handler(&mask);
}

static void looks(int number)
{
	(void)number;
	found = found_here();
}

static void looks_deep(int number)
{
	volatile unsigned char deep[DEEP];

	deep[0] = deep[DEEP - 1] = 0;
	looks(number);
	deep[1] = deep[0];
}

static void looks_and_keeps(int number, siginfo_t *info, void *context)
{
	const unsigned char *start = context;

	(void)info;
#ifdef __x86_64__
	start -= sizeof(void *); /* the return address */
#endif
	memcpy(frame, start, sizeof(frame));
	looks(number);
}

static void resets_and_looks(int number)
{
	signal(number, SIG_DFL);
	looks(number);
}

static void raises_another(int number)
{
	(void)number;
	raise(SIGUSR2);
}

static void install(int number, void (*handler)(int), int flags, bool blocks_all)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

	if (blocks_all)
		sigfillset(&action.sa_mask);
	else if (flags & SA_NODEFER)
		sigaddset(&action.sa_mask, SIGUSR2);
	assert_int_equal(sigaction(number, &action, NULL), 0);
}

static void block(int how, int number)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, number);
	assert_int_equal(sigprocmask(how, &set, NULL), 0);
}

static bool seen_in(int number)
{
	found = -1;
	assert_int_equal(raise(number), 0);
	assert_int_not_equal(found, -1);
	return found;
}

static void is_seen(void **state)
{
	static const struct {
		void (*handler)(int);
		int flags;
		bool blocks_all;
	} ways[] = {
	    {looks, 0, false},		 {looks, 0, true},	 {looks, SA_NODEFER, false},
	    {looks, SA_RESTART, false},	 {looks_deep, 0, false}, {looks, SA_RESETHAND, false},
	    {looks, SA_RESETHAND, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		install(SIGUSR1, ways[i].handler, ways[i].flags, ways[i].blocks_all);
		assert_true(seen_in(SIGUSR1));
		assert_false(found_here());
	}
}

static void is_seen_within_another(void **state)
{
	(void)state;
	install(SIGUSR1, raises_another, 0, false);
	install(SIGUSR2, looks, 0, false);
	assert_true(seen_in(SIGUSR1));
}

static void is_seen_where_more_is_blocked(void **state)
{
	(void)state;
	install(SIGUSR1, looks, 0, false);
	block(SIG_BLOCK, SIGTERM);
	assert_true(seen_in(SIGUSR1));
	block(SIG_UNBLOCK, SIGTERM);
}

static void is_seen_on_another_stack(void **state)
{
	stack_t stack = {.ss_size = DEEP * 2, .ss_sp = malloc(DEEP * 2)};
	const stack_t none = {.ss_flags = SS_DISABLE};

	(void)state;
	assert_non_null(stack.ss_sp);
	assert_int_equal(sigaltstack(&stack, NULL), 0);
	install(SIGUSR1, looks, SA_ONSTACK, false);
	assert_true(seen_in(SIGUSR1));
	assert_int_equal(sigaltstack(&none, NULL), 0);
	free(stack.ss_sp);
}

/* As crash handlers do, to end the program by the same signal afterwards. */
static void is_seen_after_its_removal(void **state)
{
	(void)state;
	install(SIGSEGV, resets_and_looks, 0, false);
	assert_true(seen_in(SIGSEGV));
}

/* The frame lies on the stack above this call, as one in an array that nothing was written to.
 */
__attribute__((no_sanitize("address"))) static bool found_below_a_frame(void)
{
	unsigned char left[DEEP];
	bool seen;

	for (size_t i = 0; i + sizeof(frame) <= sizeof(left); i += sizeof(frame))
		memcpy(left + i, frame, sizeof(frame));
	seen = found_here();
	__asm__ volatile("" ::"r"(left) : "memory");
	return seen;
}

static void keep_frame(bool blocks_all)
{
	struct sigaction action = {.sa_sigaction = looks_and_keeps, .sa_flags = SA_SIGINFO};

	if (blocks_all)
		sigfillset(&action.sa_mask);
	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	assert_true(seen_in(SIGUSR1));
}

/* The handler's own signal, blocked later, can't be told from what the kernel blocked: which
 * shows that the frame is found where it lies. */
static void left_and_taken_for_one(void **state)
{
	(void)state;
	keep_frame(false);
	assert_false(found_below_a_frame());
	block(SIG_BLOCK, SIGUSR1);
	assert_true(found_below_a_frame());
	block(SIG_UNBLOCK, SIGUSR1);
}

static void left_and_another_is_blocked(void **state)
{
	static const int others[] = {SIGQUIT, SIGPIPE, SIGTERM, SIGCHLD};

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	keep_frame(false);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		block(SIG_BLOCK, others[i]);
		assert_false(found_below_a_frame());
		block(SIG_UNBLOCK, others[i]);
	}
	signal(SIGPIPE, SIG_DFL);
}

static void left_by_one_that_blocked_all(void **state)
{
	(void)state;
	keep_frame(true);
	install(SIGQUIT, looks, 0, true);
	block(SIG_BLOCK, SIGQUIT);
	assert_false(found_below_a_frame());
	block(SIG_UNBLOCK, SIGQUIT);
}

static int restore(void **state)
{
	(void)state;
	signal(SIGUSR1, SIG_DFL);
	signal(SIGUSR2, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(is_seen, restore),
	    cmocka_unit_test_teardown(is_seen_within_another, restore),
	    cmocka_unit_test_teardown(is_seen_where_more_is_blocked, restore),
	    cmocka_unit_test_teardown(is_seen_on_another_stack, restore),
	    cmocka_unit_test_teardown(is_seen_after_its_removal, restore),
	    cmocka_unit_test_teardown(left_and_taken_for_one, restore),
	    cmocka_unit_test_teardown(left_and_another_is_blocked, restore),
	    cmocka_unit_test_teardown(left_by_one_that_blocked_all, restore),
	};

#if !defined(__x86_64__) && !defined(__aarch64__)
	puts("SKIP handlers are not known on this machine");
	return 0;
#elif defined(__SANITIZE_THREAD__) || UH_HAS_FEATURE(thread_sanitizer)
	puts("SKIP the sanitizer's runtime has all handlers run with everything blocked");
	return 0;
#endif
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* test_epoll_kernel.c: what kcmp(2) says of registrations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "socket/replace/epoll_kernel.h"

/* Far from the descriptors that others open. */
enum { NUMBER = 700, EARLIER = 5 };

static int new_set(void)
{
	int set = epoll_create1(EPOLL_CLOEXEC);

	assert_true(set >= 0);
	return set;
}

/* Puts a new pipe under NUMBER, which is the only descriptor of its end. */
static void open_number(void)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(dup2(ends[0], NUMBER), NUMBER);
	close(ends[0]);
	close(ends[1]);
}

static void add_number(int set)
{
	struct epoll_event event = {.events = EPOLLIN};

	assert_int_equal(epoll_ctl(set, EPOLL_CTL_ADD, NUMBER, &event), 0);
}

static void test_registered_or_not(void **state)
{
	int set = new_set();

	(void)state;
	open_number();
	assert_int_equal(uh_epoll_kcmp_find(NUMBER, set), UH_NOT_REGISTERED);
	add_number(set);
	assert_int_equal(uh_epoll_kcmp_find(NUMBER, set), UH_REGISTERED);
	close(NUMBER);
	close(set);
}

static void test_beside_earlier_files_of_the_number(void **state)
{
	int set = new_set(), copy[EARLIER];

	(void)state;
	for (int i = 0; i < EARLIER; i++) {
		open_number();
		add_number(set);
		copy[i] = dup(NUMBER);
	}
	open_number();
	assert_int_equal(uh_epoll_kcmp_find(NUMBER, set), UH_NOT_REGISTERED);
	add_number(set);
	assert_int_equal(uh_epoll_kcmp_find(NUMBER, set), UH_REGISTERED);
	for (int i = 0; i < EARLIER; i++)
		close(copy[i]);
	close(NUMBER);
	close(set);
}

/* Another thread may close the descriptor or the set, and the kernel says EBADF for both. */
static void test_a_closed_descriptor_is_no_closed_set(void **state)
{
	int set = new_set();

	(void)state;
	assert_int_equal(uh_epoll_kcmp_find(NUMBER, set), UH_NOT_REGISTERED);
	close(set);
	assert_int_equal(uh_epoll_kcmp_find(NUMBER, set), UH_NO_EPOLL_SET);
	open_number();
	assert_int_equal(uh_epoll_kcmp_find(NUMBER, set), UH_NO_EPOLL_SET);
	assert_int_equal(uh_epoll_kcmp_find(NUMBER, NUMBER), UH_NO_EPOLL_SET);
	assert_false(uh_epoll_is_set(NUMBER));
	close(NUMBER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_registered_or_not),
	    cmocka_unit_test(test_beside_earlier_files_of_the_number),
	    cmocka_unit_test(test_a_closed_descriptor_is_no_closed_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

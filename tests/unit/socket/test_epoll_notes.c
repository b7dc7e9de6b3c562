/* SPDX-License-Identifier: MIT */
/* test_epoll_notes.c: notes of registrations, epoll sets and their numbers, swaps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <unistd.h>

#include "socket/replace/epoll_notes.h"
#include "socket/replace/epoll_sets.h"
#include "socket/replace/epoll_swaps.h"

static struct epoll_event event_of(uint32_t events, uint64_t data)
{
	return (struct epoll_event){.events = events, .data.u64 = data};
}

static void note(int fd, uint32_t set, uint32_t events, uint64_t data)
{
	struct epoll_event event = event_of(events, data);

	uh_epoll_note_write(fd, set, &event);
}

static void is_noted(int fd, uint32_t set, uint32_t events, uint64_t data)
{
	struct epoll_event found = event_of(0, 0);

	assert_int_equal(uh_epoll_note_read(fd, set, &found), UH_NOTED);
	assert_int_equal(found.events, events);
	assert_int_equal(found.data.u64, data);
}

static void is_not_noted(int fd, uint32_t set)
{
	struct epoll_event found;

	assert_int_equal(uh_epoll_note_read(fd, set, &found), UH_NOT_NOTED);
}

static void test_a_registration_is_its_sets(void **state)
{
	uint32_t one = uh_epoll_set_id(700), other = uh_epoll_set_id(701);

	(void)state;
	is_not_noted(11, one);
	note(11, one, EPOLLIN | EPOLLET, 0x123456789abcdefULL);
	note(11 + 1024, one, EPOLLOUT, 1);
	note(11, other, 0, 2);
	is_noted(11, one, EPOLLIN | EPOLLET, 0x123456789abcdefULL);
	is_noted(11 + 1024, one, EPOLLOUT, 1);
	is_noted(11, other, 0, 2);
	note(11, one, EPOLLIN, 42);
	is_noted(11, one, EPOLLIN, 42);
	uh_epoll_note_write(11, other, NULL);
	is_not_noted(11, other);
	is_noted(11, one, EPOLLIN, 42);
	uh_epoll_note_write(12, other, NULL);
	is_not_noted(12, other);
}

static void test_many_are_all_kept(void **state)
{
	enum { SETS = 5, NUMBERS = 4000 };

	(void)state;
	for (int set = 0; set < SETS; set++)
		for (int fd = 0; fd < NUMBERS; fd++)
			note(fd, uh_epoll_set_id(800 + set), (uint32_t)fd, (uint64_t)set);
	for (int set = 0; set < SETS; set++)
		for (int fd = 0; fd < NUMBERS; fd++)
			is_noted(fd, uh_epoll_set_id(800 + set), (uint32_t)fd, (uint64_t)set);
}

/* Notes of removed sets are reused: many sets in a row need no more memory than one. */
static void test_notes_of_sets_that_are_gone_make_room(void **state)
{
	(void)state;
	for (int i = 0; i < 300000; i++) {
		uh_epoll_set_created(900);
		for (int fd = 5; fd < 10; fd++)
			note(fd, uh_epoll_set_id(900), 1, 1);
	}
	is_noted(9, uh_epoll_set_id(900), 1, 1);
}

static void test_numbers_of_a_set(void **state)
{
	uint32_t id;

	(void)state;
	uh_epoll_set_created(1000);
	id = uh_epoll_set_id(1000);
	assert_false(id & UH_EPOLL_SET_FOUND);
	assert_true(uh_epoll_set_id(1001) & UH_EPOLL_SET_FOUND);
	uh_epoll_set_copied(1000, 1001);
	assert_int_equal(uh_epoll_set_id(1001), id);
	uh_epoll_set_copied(1002, 1003); /* no set */
	assert_true(uh_epoll_set_id(1003) & UH_EPOLL_SET_FOUND);
	uh_epoll_set_created(1000);
	assert_int_not_equal(uh_epoll_set_id(1000), id);
	assert_true(uh_epoll_set_exists(id)); /* under its other number */
	uh_epoll_set_remove(1001, id + 2);    /* the number belongs to another set by now */
	assert_true(uh_epoll_set_exists(id));
	uh_epoll_set_remove(1001, id);
	assert_false(uh_epoll_set_exists(id));
}

static bool count(int number, uint32_t id, void *counted)
{
	(void)id;
	*(int *)counted += number >= 2000 && number < 3000;
	return true;
}

static void test_sets_beyond_the_first_memory(void **state)
{
	int counted = 0;

	(void)state;
	for (int number = 2000; number < 3000; number++)
		uh_epoll_set_created(number);
	assert_true(uh_epoll_sets_each(count, &counted));
	assert_int_equal(counted, 1000);
}

static void test_swaps(void **state)
{
	uint32_t before, swap;

	(void)state;
	before = uh_swap_await(7);
	assert_false(uh_swap_began_since(7, before));
	swap = uh_swap_begin(7);
	assert_true(uh_swap_began_since(7, before));
	assert_false(uh_swap_began_since(8, before));
	uh_swap_await(8); /* waits only for a swap of its own descriptor */
	uh_swap_end(swap);
	assert_true(uh_swap_began_since(7, before));
	before = uh_swap_await(7);
	assert_false(uh_swap_began_since(7, before));
	uh_swap_begin(9); /* never ends, as in a child forked during a swap */
	before = uh_swap_await(9);
	assert_false(uh_swap_began_since(9, before));
	for (int i = 0; i < 1000; i++)
		uh_swap_end(uh_swap_begin(10));
	assert_true(uh_swap_began_since(11, before)); /* the entry was overwritten */
}

static void *ends(void *swap)
{
	usleep(1000);
	uh_swap_end(*(uint32_t *)swap);
	return NULL;
}

static void test_a_swap_is_waited_for(void **state)
{
	uint32_t swap = uh_swap_begin(20), before;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, ends, &swap), 0);
	before = uh_swap_await(20);
	assert_false(uh_swap_began_since(20, before));
	pthread_join(thread, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_registration_is_its_sets),
	    cmocka_unit_test(test_many_are_all_kept),
	    cmocka_unit_test(test_notes_of_sets_that_are_gone_make_room),
	    cmocka_unit_test(test_numbers_of_a_set),
	    cmocka_unit_test(test_sets_beyond_the_first_memory),
	    cmocka_unit_test(test_swaps),
	    cmocka_unit_test(test_a_swap_is_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * test_records.c: a record belongs to a socket, not to a number, and is removed after its
 * socket is gone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "process/vfork_child.h"
#include "process/descriptors.h"
#include "process/seccomp_filter.h"
#include "socket/state/fd_hints.h"
#include "socket/state/records.h"
#include "socket/state/record_table.h"
#include "socket/state/identity.h"

static int new_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	return fd;
}

static struct uh_record record_for(int fd, uint16_t port)
{
	struct uh_record record = {
	    .identity = uh_socket_identity(fd),
	    .peer = {.scope_id = 7, .port = port},
	    .local = {.scope_id = 9, .port = 4711},
	    .flow = 0x12345,
	    .protocol = IPPROTO_TCP,
	    .domain = AF_INET6,
	    .type = SOCK_STREAM,
	    .kind = UH_REPLACED,
	};

	assert_true(uh_address_parse("2001:db8::7", &record.peer.address));
	assert_true(uh_address_parse("2001:db8::8", &record.local.address));
	return record;
}

static void test_all_fields_come_back(void **state)
{
	int fd = new_socket();
	struct uh_record put = record_for(fd, 443), found;

	(void)state;
	assert_true(uh_record_add(fd, &put));
	assert_true(uh_records_any());
	memset(&found, 0xaa, sizeof(found));
	assert_true(uh_record_find(fd, &found));
	assert_memory_equal(&found.peer.address, &put.peer.address, 16);
	assert_memory_equal(&found.local.address, &put.local.address, 16);
	assert_int_equal(found.peer.port, 443);
	assert_int_equal(found.peer.scope_id, 7);
	assert_int_equal(found.local.port, 4711);
	assert_int_equal(found.local.scope_id, 9);
	assert_int_equal(found.flow, 0x12345);
	assert_int_equal(found.protocol, IPPROTO_TCP);
	assert_int_equal(found.domain, AF_INET6);
	assert_int_equal(found.type, SOCK_STREAM);
	assert_int_equal(found.kind, UH_REPLACED);
	close(fd);
}

static void test_copies_share_it(void **state)
{
	int fd = new_socket(), copy = dup(fd);
	struct uh_record put = record_for(fd, 1), found;

	(void)state;
	assert_true(uh_record_add(fd, &put));
	close(fd);
	assert_true(uh_record_find(copy, &found));
	close(copy);
}

static void test_reused_number_has_none(void **state)
{
	int fd = new_socket(), again;
	struct uh_record put = record_for(fd, 1), found;

	(void)state;
	assert_true(uh_record_add(fd, &put));
	close(fd);
	again = new_socket();
	assert_int_equal(again, fd);
	assert_false(uh_record_find(again, &found));
	assert_false(uh_record_find(-1, &found));
	close(again);
}

static void test_dropped_is_gone(void **state)
{
	int fd = new_socket();
	struct uh_record put = record_for(fd, 1), found;

	(void)state;
	assert_true(uh_record_add(fd, &put));
	uh_record_remove(put.identity);
	assert_false(uh_record_find(fd, &found));
	close(fd);
}

static void test_options(void **state)
{
	int fd = new_socket(), one = 1, two = 2;
	struct uh_record put = record_for(fd, 1);
	char text[16] = "cubic", value[UH_OPTION_MAX];
	size_t size = 0;

	(void)state;
	assert_true(uh_record_add(fd, &put));
	assert_false(
	    uh_record_get_option(put.identity, IPPROTO_TCP, TCP_NODELAY, value, &size));
	assert_true(uh_record_set_option(put.identity, IPPROTO_TCP, TCP_NODELAY, &one, 4));
	assert_true(uh_record_set_option(put.identity, IPPROTO_IP, TCP_NODELAY, &two, 4));
	assert_true(uh_record_set_option(put.identity, IPPROTO_TCP, TCP_CONGESTION, text, 16));
	assert_true(uh_record_get_option(put.identity, IPPROTO_TCP, TCP_NODELAY, value, &size));
	assert_int_equal(size, 4);
	assert_memory_equal(value, &one, 4);
	assert_true(uh_record_set_option(put.identity, IPPROTO_TCP, TCP_NODELAY, &two, 4));
	assert_true(uh_record_get_option(put.identity, IPPROTO_TCP, TCP_NODELAY, value, &size));
	assert_memory_equal(value, &two, 4);
	assert_true(
	    uh_record_get_option(put.identity, IPPROTO_TCP, TCP_CONGESTION, value, &size));
	assert_int_equal(size, 16);
	assert_memory_equal(value, text, 16);
	close(fd);
}

static void test_options_end_somewhere(void **state)
{
	int fd = new_socket(), kept = 0;
	struct uh_record put = record_for(fd, 1);

	(void)state;
	assert_true(uh_record_add(fd, &put));
	for (int i = 0; i < 4000; i++)
		kept += uh_record_set_option(put.identity, i / 100, i % 100, &i, 4);
	assert_true(kept >= 200 && kept < 4000);
	uh_record_remove(put.identity);
	close(fd);
}

/*
 * A number has two records. A third record removes the oldest one, unless its socket may have a
 * copy.
 */
static void test_last_of_a_number(void **state)
{
	int fd[5];
	struct uh_record put, found;

	(void)state;
	for (int i = 0; i < 5; i++)
		fd[i] = new_socket();
	for (int i = 0; i < 3; i++) {
		put = record_for(fd[i], (uint16_t)i);
		assert_true(uh_record_add(100, &put));
	}
	assert_false(uh_record_find(fd[0], &found));
	assert_true(uh_record_find(fd[1], &found));
	assert_true(uh_record_find(fd[2], &found));
	uh_fd_add_hint(100, UH_HINT_COPIED);
	put = record_for(fd[3], 3);
	assert_true(uh_record_add(100, &put));
	assert_true(uh_record_find(fd[1], &found));
	uh_fd_remove_hint(100, UH_HINT_COPIED);
	put = record_for(fd[4], 4);
	assert_true(uh_record_add(100 + 1024, &put));
	assert_true(uh_record_find(fd[2], &found)); /* another number's record */
	for (int i = 0; i < 5; i++)
		close(fd[i]);
}

/* A socket that gets a further record is still one of the last two of its number. */
static void test_same_socket_again(void **state)
{
	int fd[] = {new_socket(), new_socket()};
	struct uh_record put = record_for(fd[0], 1), found;

	(void)state;
	assert_true(uh_record_add(101, &put));
	put.peer.port = 2;
	assert_true(uh_record_add(101, &put));
	assert_true(uh_record_find(fd[0], &found));
	assert_int_equal(found.peer.port, 2);
	put = record_for(fd[1], 3);
	assert_true(uh_record_add(101, &put));
	assert_true(uh_record_find(fd[0], &found));
	assert_int_equal(found.peer.port, 2);
	put = record_for(fd[0], 4);
	uh_record_remove(put.identity); /* the only one */
	assert_false(uh_record_find(fd[0], &found));
	close(fd[0]);
	close(fd[1]);
}

/* A socket has several slots if several threads claim one at the same time. */
static void test_several_slots(void **state)
{
	const uint64_t identity = UINT64_MAX - 1000;
	uh_slot *slot[3], *at = NULL;
	unsigned found = 0;

	(void)state;
	for (int i = 0; i < 3; i++) {
		slot[i] = uh_slot_claim(&uh_record_table, 102, identity);
		assert_non_null(slot[i]);
	}
	assert_null(uh_slot_find(&uh_record_table, identity));
	for (int i = 0; i < 3; i++)
		uh_slot_publish(slot[i], identity);
	assert_ptr_equal(uh_slot_find(&uh_record_table, identity),
			 uh_slot_find_next(&uh_record_table, identity, NULL));
	while ((at = uh_slot_find_next(&uh_record_table, identity, at)))
		for (int i = 0; i < 3; i++)
			found += at == slot[i] ? 1U << i : 0;
	assert_int_equal(found, 7);
	assert_null(uh_slot_find_next(&uh_record_table, 0, NULL));
	for (int i = 0; i < 3; i++)
		uh_slot_remove(&uh_record_table, identity);
	assert_null(uh_slot_find(&uh_record_table, identity));
}

/* Many connections in a row need the memory of a few records. */
static void test_bounded_by_descriptors(void **state)
{
	struct uh_record found;
	int held = new_socket();
	struct uh_record keep = record_for(held, 99);
	unsigned stayed = 0;

	(void)state;
	assert_true(uh_record_add(held, &keep));
	for (unsigned i = 0; i < 100000; i++) {
		int fd = new_socket();
		struct uh_record put = record_for(fd, (uint16_t)i);

		uh_fd_add_hint(fd, UH_HINT_COPIED); /* so that only sweeps make room */
		assert_true(uh_record_add(fd, &put));
		assert_true(uh_record_find(fd, &found));
		assert_int_equal(found.peer.port, (uint16_t)i);
		close(fd);
		if (i == 50000) /* the record of the open socket survives all sweeps */
			assert_true(uh_record_find(held, &found));
	}
	assert_true(uh_record_find(held, &found));
	assert_int_equal(found.peer.port, 99);
	for (uint64_t identity = keep.identity; identity < keep.identity + 200100; identity++) {
		char value[UH_OPTION_MAX];

		stayed += uh_record_set_option(identity, IPPROTO_TCP, 1, value, 4);
	}
	assert_in_range(stayed, 1, 2000);
	close(held);
}

/* Makes records until a sweep has seen the record of an open socket. */
static void wait_for_sweep(uint64_t open)
{
	uint64_t before = uh_slot_get(uh_record_slot_find(open), UH_SEEN);

	while (uh_slot_get(uh_record_slot_find(open), UH_SEEN) == before) {
		int fd = new_socket();
		struct uh_record put = record_for(fd, 1);

		uh_fd_add_hint(fd, UH_HINT_COPIED);
		assert_true(uh_record_add(fd, &put));
		close(fd);
	}
}

/*
 * A thread may be preempted between claim and publication, while other threads sweep. The
 * record is then published behind the sweep's back: here, its socket has no descriptor at all.
 */
static void test_claimed_long_ago(void **state)
{
	const uint64_t late = UINT64_MAX;
	int held = new_socket();
	struct uh_record keep = record_for(held, 99);
	uh_slot *at;

	(void)state;
	assert_true(uh_record_add(held, &keep));
	at = uh_slot_claim(&uh_record_table, 100, late);
	assert_non_null(at);
	for (int i = 0; i < 4; i++)
		wait_for_sweep(keep.identity);
	uh_slot_publish(at, late);
	for (int i = 0; i < 2; i++) {
		wait_for_sweep(keep.identity);
		assert_ptr_equal(uh_record_slot_find(late), at);
	}
	for (int i = 0; i < 2; i++)
		wait_for_sweep(keep.identity);
	assert_null(uh_record_slot_find(late));
	close(held);
}

enum { THREADS = 8, ROUNDS = 5000 };

static void *put_and_find(void *argument)
{
	(void)argument;
	for (unsigned i = 0; i < ROUNDS; i++) {
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		struct uh_record put = {.identity = uh_socket_identity(fd),
					.peer.port = (uint16_t)i};
		struct uh_record found;
		bool good = uh_record_add(fd, &put) && uh_record_find(fd, &found) &&
			    found.peer.port == (uint16_t)i;

		close(fd);
		if (!good)
			return argument;
	}
	return NULL;
}

static void test_threads(void **state)
{
	pthread_t thread[THREADS];
	void *result;
	int any;

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, put_and_find, &any), 0);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(thread[i], &result);
		assert_null(result);
	}
}

static uint64_t unseen = UINT64_MAX - 1;
static pthread_barrier_t turn;

/* As a task with its own descriptor table does: no descriptor of this task has the socket. */
static void *put_elsewhere(void *unused)
{
	struct uh_record put = {.identity = unseen};

	assert_true(uh_record_add(100, &put));
	pthread_barrier_wait(&turn);
	pthread_barrier_wait(&turn);
	return unused;
}

static void sweep_times(unsigned times, uint64_t open)
{
	for (unsigned i = 0; i < times; i++)
		wait_for_sweep(open);
}

/* Tasks may have different descriptor tables: a task's records stay while the task exists. */
static void test_shared(void **state)
{
	int held = new_socket();
	struct uh_record keep = record_for(held, 99), own = {.identity = UINT64_MAX - 2};
	pthread_t thread;

	(void)state;
	assert_false(uh_records_are_shared(uh_thread_id()));
	uh_records_set_shared();
	assert_true(uh_records_are_shared(uh_thread_id()));
	assert_true(uh_record_add(held, &keep));
	assert_int_equal(pthread_barrier_init(&turn, NULL, 2), 0);
	assert_int_equal(pthread_create(&thread, NULL, put_elsewhere, NULL), 0);
	pthread_barrier_wait(&turn);
	for (int i = 0; i < 3; i++) { /* the same number each time */
		own.identity--;
		assert_true(uh_record_add(100, &own));
	}
	assert_non_null(uh_record_slot_find(own.identity + 2));
	sweep_times(4, keep.identity);
	assert_null(uh_record_slot_find(own.identity));
	/* Under a seccomp filter the kernel can't be asked whether a task exists. */
	sweep_times(uh_is_filtered() ? 200 : 300, keep.identity);
	assert_non_null(uh_record_slot_find(unseen));
	pthread_barrier_wait(&turn);
	assert_int_equal(pthread_join(thread, NULL), 0);
	for (int i = 0; i < 1000 && uh_record_slot_find(unseen); i++)
		wait_for_sweep(keep.identity);
	assert_null(uh_record_slot_find(unseen));
	close(held);
}

/* Sockets that existed when a table was copied may be in either table. */
static void test_shared_later(void **state)
{
	int held = new_socket();
	struct uh_record keep = record_for(held, 99), own = {.identity = --unseen};

	(void)state;
	assert_true(uh_record_add(held, &keep));
	assert_true(uh_record_add(100, &own));
	uh_records_set_shared();
	sweep_times(100, keep.identity);
	assert_non_null(uh_record_slot_find(own.identity));
	sweep_times(200, keep.identity);
	assert_null(uh_record_slot_find(own.identity));
	close(held);
}

static bool count_open(int fd, void *context)
{
	unsigned *open = context;

	*open += fcntl(fd, F_GETFD) >= 0;
	return true;
}

static void test_each_descriptor(void **state)
{
	unsigned before = 0, after = 0;
	int fd;

	(void)state;
	uh_each_descriptor(count_open, &before);
	fd = new_socket();
	uh_each_descriptor(count_open, &after);
	assert_int_equal(after, before + 1);
	uh_confine(); /* now by counting, because no file may be opened */
	after = 0;
	uh_each_descriptor(count_open, &after);
	assert_int_equal(after, before + 1);
	close(fd);
}

/*
 * Sets more options than a record has words for, on two sockets, and again after they are
 * closed.
 */
static void test_many_options(void **state)
{
	enum { SOCKETS = 8, NAMES = 100 };

	(void)state;
	for (int round = 0; round < 20; round++) {
		struct uh_record put[SOCKETS];
		int fd[SOCKETS], value;
		size_t size;

		for (int i = 0; i < SOCKETS; i++) {
			fd[i] = new_socket();
			put[i] = record_for(fd[i], 443);
			assert_true(uh_record_add(fd[i], &put[i]));
		}
		for (int i = 0; i < SOCKETS * NAMES * 2; i++) {
			value = i;
			assert_true(uh_record_set_option(put[i % SOCKETS].identity,
							 IPPROTO_IPV6, i / SOCKETS % NAMES,
							 &value, sizeof(value)));
		}
		for (int i = 0; i < SOCKETS * NAMES; i++) {
			assert_true(uh_record_get_option(put[i % SOCKETS].identity,
							 IPPROTO_IPV6, i / SOCKETS, &value,
							 &size));
			assert_int_equal(size, sizeof(value));
			assert_int_equal(value, i + SOCKETS * NAMES);
		}
		for (int i = 0; i < SOCKETS; i++) {
			uh_record_remove(put[i].identity);
			close(fd[i]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all_fields_come_back),
	    cmocka_unit_test(test_many_options),
	    cmocka_unit_test(test_copies_share_it),
	    cmocka_unit_test(test_reused_number_has_none),
	    cmocka_unit_test(test_dropped_is_gone),
	    cmocka_unit_test(test_options),
	    cmocka_unit_test(test_options_end_somewhere),
	    cmocka_unit_test(test_last_of_a_number),
	    cmocka_unit_test(test_same_socket_again),
	    cmocka_unit_test(test_several_slots),
	    cmocka_unit_test(test_bounded_by_descriptors),
	    cmocka_unit_test(test_claimed_long_ago),
	    cmocka_unit_test(test_threads),
	    cmocka_unit_test(test_shared),
	    cmocka_unit_test(test_shared_later),
	    cmocka_unit_test(test_bounded_by_descriptors),
	    cmocka_unit_test(test_each_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

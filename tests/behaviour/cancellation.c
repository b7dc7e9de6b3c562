/* SPDX-License-Identifier: MIT */
/*
 * cancellation.c: a thread that is cancelled in connect() leaves no descriptor and no lock
 * behind.
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "harness.h"

static pthread_barrier_t barrier;

static void close_it(void *number)
{
	close(*(int *)number);
}

/* Until cancelled; connect() is where pthreads(7) lets that happen. */
static void *connects(void *unused)
{
	const struct linger reset = {1, 0};
	struct uh_peer peer = uh_public();
	int fd = -1, state;

	(void)unused;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	pthread_barrier_wait(&barrier);
	for (;;) {
		fd = uh_socket(SOCK_CLOEXEC);
		SAME(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
		pthread_cleanup_push(close_it, &fd);
		pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
		if (connect(fd, &peer.address, peer.length) < 0)
			uh_fail(__FILE__, __LINE__, "connect", NULL);
		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
		pthread_cleanup_pop(1);
	}
	return NULL;
}

static void cancel_one(int delay)
{
	pthread_t thread;
	void *result;

	SAME(pthread_barrier_init(&barrier, NULL, 2), 0);
	SAME(pthread_create(&thread, NULL, connects, NULL), 0);
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < delay; i++)
		sched_yield();
	SAME(pthread_cancel(thread), 0);
	SAME(pthread_join(thread, &result), 0);
	CHECK(result == PTHREAD_CANCELED);
}

static void anywhere(void)
{
	int before;

	uh_talk(uh_connected());
	before = uh_count_descriptors();
	for (int i = 0; i < 200; i++)
		cancel_one(i % 25);
	SAME(uh_count_descriptors(), before);
	uh_talk(uh_connected());
}

/* The very first connect, which reads the routes: what it began must not stay half done. */
static void at_first(void)
{
	int before = uh_count_descriptors();

	cancel_one(0);
	SAME(uh_count_descriptors(), before);
	uh_talk(uh_connected());
	cancel_one(3);
	uh_talk(uh_connected());
}

/* Pending before the call: connect() is a cancellation point and acts on it. */
static void *connects_cancelled(void *number)
{
	struct uh_peer peer = uh_public();

	pthread_cancel(pthread_self());
	connect(*(int *)number, &peer.address, peer.length);
	return number;
}

static void cancel_pending(void)
{
	pthread_t thread;
	void *result;
	int fd = uh_socket(SOCK_CLOEXEC);

	SAME(pthread_create(&thread, NULL, connects_cancelled, &fd), 0);
	SAME(pthread_join(thread, &result), 0);
	CHECK(result == PTHREAD_CANCELED);
	close(fd);
}

static void pending(void)
{
	int before = uh_count_descriptors();

	cancel_pending();
	SAME(uh_count_descriptors(), before);
	uh_talk(uh_connected());
}

static void trace(void)
{
	setenv("UNHAIRPIN_TRACE", "@uh-nobody:0123456789abcdef0123456789abcdef", 1);
}

/* The memory that a traced connection has for its message is given back. */
static void traced(void)
{
	long before;

	uh_talk(uh_connected());
	cancel_pending();
	before = uh_status("VmSize");
	for (int i = 0; i < 100; i++)
		cancel_pending();
	SAME(uh_status("VmSize"), before);
}

/* Switched off, the thread must come back from connect() with its connection. */
static void *connects_undisturbed(void *number)
{
	int state;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	pthread_cancel(pthread_self());
	uh_connect(*(int *)number);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	SAME(state, PTHREAD_CANCEL_DISABLE);
	return number;
}

static void disabled(void)
{
	pthread_t thread;
	void *result;
	int fd = uh_socket(SOCK_CLOEXEC);

	SAME(pthread_create(&thread, NULL, connects_undisturbed, &fd), 0);
	SAME(pthread_join(thread, &result), 0);
	CHECK(result == &fd);
	uh_talk(fd);
}

static const struct uh_test tests[] = {
    {"cancelled anywhere in connect", anywhere, UH_EVERY, 0, 100},
    {"cancelled in the first connect", at_first, UH_EVERY, 0, 0},
    {"cancelled before connect", pending, UH_EVERY, 0, 0},
    {"cancelled while traced", traced, UH_EVERY, trace, 0},
    {"cancellation disabled", disabled, UH_EVERY, 0, 0},
};

UH_SUITE(tests, NULL);

/* SPDX-License-Identifier: MIT */
/*
 * threads.c: many threads connect at once, also as the first thing they do, and fork meanwhile.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "harness.h"

#define THREADS 32
#define ROUNDS 100

static const struct linger reset = {1, 0}; /* no TIME_WAIT: the ports would run out */
static atomic_bool done;
static pthread_barrier_t barrier;

static void connect_once(void)
{
	struct uh_peer asked = uh_public(), said;
	int fd = uh_socket(SOCK_CLOEXEC);

	SAME(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
	uh_connect(fd);
	said = uh_peername(fd);
	CHECK(uh_peers_equal(&said, &asked));
	uh_talk(fd);
	close(fd);
}

static void *connects(void *unused)
{
	(void)unused;
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < ROUNDS; i++)
		connect_once();
	return NULL;
}

static void run(void *(*function)(void *), pthread_t *thread, int count)
{
	SAME(pthread_barrier_init(&barrier, NULL, (unsigned)count), 0);
	for (int i = 0; i < count; i++)
		SAME(pthread_create(&thread[i], NULL, function, NULL), 0);
}

static void join(pthread_t *thread, int count)
{
	for (int i = 0; i < count; i++)
		SAME(pthread_join(thread[i], NULL), 0);
}

/*
 * Nothing connected before: the routes are read by whoever comes first, and all must see them.
 */
static void all_at_once(void)
{
	pthread_t thread[THREADS];
	int before = uh_count_descriptors();

	run(connects, thread, THREADS);
	join(thread, THREADS);
	SAME(uh_count_descriptors(), before);
}

static void *connects_until_done(void *unused)
{
	(void)unused;
	while (!atomic_load(&done))
		connect_once();
	return NULL;
}

/* A lock that another thread holds at fork() is never released in the child. */
static void fork_meanwhile(void)
{
	pthread_t thread[8];

	run(connects_until_done, thread, 8);
	for (int i = 0; i < 100; i++) {
		pid_t child = fork();

		CHECK(child >= 0);
		if (child == 0) {
			connect_once();
			_exit(0);
		}
		uh_reap(child);
	}
	atomic_store(&done, true);
	join(thread, 8);
}

static void *forks(void *unused)
{
	(void)unused;
	for (int i = 0; i < 5; i++) {
		pid_t child = fork();

		CHECK(child >= 0);
		if (child == 0) {
			connect_once();
			connect_once();
			_exit(0);
		}
		uh_reap(child);
	}
	return NULL;
}

/* Nobody has connected before: each child finds the routes read, or reads them itself. */
static void all_fork(void)
{
	pthread_t forking[THREADS], connecting[8];
	int before = uh_count_descriptors();

	run(forks, forking, THREADS);
	run(connects_until_done, connecting, 8);
	join(forking, THREADS);
	atomic_store(&done, true);
	join(connecting, 8);
	SAME(uh_count_descriptors(), before);
}

/* Also when the fork happens while the routes are being read for the first time. */
static void fork_at_first(void)
{
	for (int i = 0; i < 60; i++) {
		pid_t middle = fork(), child;
		pthread_t thread;

		if (middle == 0) {
			SAME(pthread_create(&thread, NULL, connects_until_done, NULL), 0);
			child = fork();
			if (child == 0) {
				connect_once();
				_exit(0);
			}
			uh_reap(child);
			_exit(0);
		}
		uh_reap(middle);
	}
}

static int shared;

static void *names_until_done(void *unused)
{
	struct uh_peer asked = uh_public(), said;

	(void)unused;
	while (!atomic_load(&done)) {
		said = uh_peername(shared);
		CHECK(uh_peers_equal(&said, &asked));
	}
	return NULL;
}

/* One thread's questions are answered rightly while others connect and close. */
static void names_meanwhile(void)
{
	pthread_t asking[2], connecting[8];

	shared = uh_connected();
	run(names_until_done, asking, 2);
	run(connects, connecting, 8);
	join(connecting, 8);
	atomic_store(&done, true);
	join(asking, 2);
	uh_talk(shared);
}

static void *connects_shared(void *result)
{
	struct uh_peer peer = uh_public();

	pthread_barrier_wait(&barrier);
	errno = 0;
	*(int *)result = connect(shared, &peer.address, peer.length) ? errno : 0;
	return NULL;
}

/* Two threads connect the same socket: one is first, the other is told so; nothing leaks. */
static void same_socket(void)
{
	int before = uh_count_descriptors();

	for (int i = 0; i < 200; i++) {
		pthread_t first, second;
		int results[2];

		shared = uh_socket(SOCK_CLOEXEC);
		SAME(pthread_barrier_init(&barrier, NULL, 2), 0);
		SAME(pthread_create(&first, NULL, connects_shared, &results[0]), 0);
		SAME(pthread_create(&second, NULL, connects_shared, &results[1]), 0);
		SAME(pthread_join(first, NULL), 0);
		SAME(pthread_join(second, NULL), 0);
		CHECK(results[0] == 0 || results[1] == 0);
		uh_talk(shared);
		close(shared);
	}
	SAME(uh_count_descriptors(), before);
}

static void *connects_a_little(void *unused)
{
	(void)unused;
	connect_once();
	return NULL;
}

/*
 * Programs with many threads give them the least of stack that there is. Twice, for the harness
 * needs some, too.
 */
static void small_stack(void)
{
	pthread_attr_t attributes;
	pthread_t thread;
	size_t size = 2 * (size_t)sysconf(_SC_THREAD_STACK_MIN);

	SAME(pthread_attr_init(&attributes), 0);
	SAME(pthread_attr_setstacksize(&attributes, size), 0);
	for (int i = 0; i < 3; i++) {
		SAME(pthread_create(&thread, &attributes, connects_a_little, NULL), 0);
		SAME(pthread_join(thread, NULL), 0);
	}
}

static const struct uh_test tests[] = {
    {"32 threads connect 100 times each", all_at_once, UH_EVERY, 0, 60},
    {"fork while 8 threads connect", fork_meanwhile, UH_EVERY, 0, 60},
    {"32 threads fork while 8 connect", all_fork, UH_EVERY, 0, 60},
    {"fork during the first connect", fork_at_first, UH_EVERY, 0, 60},
    {"names while other threads connect", names_meanwhile, UH_EVERY, 0, 60},
    {"a thread with a small stack", small_stack, UH_EVERY, 0, 0},
    {"two threads connect one socket", same_socket, UH_EVERY, 0, 60},
};

UH_SUITE(tests, NULL);

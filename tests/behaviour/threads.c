/* SPDX-License-Identifier: MIT */
/*
 * threads.c: many threads connect at once, also as the first thing they do, and fork meanwhile.
 */
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>

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

static pid_t clone_as_fork(void)
{
	return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

/* Handlers of pthread_atfork(3) run for the first alone. */
static pid_t (*const forks_of_all_kinds[])(void) = {fork, _Fork, clone_as_fork};

/* Also when the fork happens while the routes are being read for the first time. */
static void fork_at_first(void)
{
	for (int i = 0; i < 60; i++) {
		pid_t middle = fork(), child;
		pthread_t thread;

		if (middle == 0) {
			SAME(pthread_create(&thread, NULL, connects_until_done, NULL), 0);
			child = forks_of_all_kinds[i % 3]();
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

static int shared, shared_error;
static atomic_int hits;

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

static void is_routed(int fd)
{
	struct uh_peer asked = uh_public(), said = uh_peername(fd);

	CHECK(uh_peers_equal(&said, &asked));
}

/* More than there is room for without a sweep. */
static void connect_many(void)
{
	for (int i = 0; i < 2000; i++)
		connect_once();
}

static pthread_barrier_t turns;

static void *connects_beside(void *unused)
{
	int fd = uh_connected();

	pthread_barrier_wait(&turns);
	pthread_barrier_wait(&turns);
	is_routed(fd);
	uh_talk(fd);
	close(fd);
	return unused;
}

static int unshare_table(void)
{
	return unshare(CLONE_FILES);
}

/* Closes nothing. */
static int unshare_by_closing(void)
{
	return close_range(UINT_MAX, UINT_MAX, CLOSE_RANGE_UNSHARE);
}

static int (*leave)(void);

/* Its descriptors are its own from here on, and those of the threads that it creates. */
static void *leaves_table(void *parents)
{
	pthread_t thread;
	int fd, copy = dup(*(int *)parents);

	if (leave() != 0)
		uh_skip("not permitted to have a table of its own");
	pthread_barrier_wait(&barrier);
	fd = uh_connected();
	SAME(pthread_barrier_init(&turns, NULL, 2), 0);
	SAME(pthread_create(&thread, NULL, connects_beside, NULL), 0);
	pthread_barrier_wait(&turns);
	pthread_barrier_wait(&barrier); /* the main thread's turn */
	pthread_barrier_wait(&barrier);
	is_routed(fd);
	is_routed(copy);
	connect_many();
	is_routed(fd);
	is_routed(copy);
	uh_talk(copy);
	pthread_barrier_wait(&turns);
	SAME(pthread_join(thread, NULL), 0);
	pthread_barrier_wait(&barrier);
	return NULL;
}

/* A socket that another table has is nobody's in this one: its record stays all the same. */
static void own_table(int (*how)(void))
{
	pthread_t thread;
	int early = uh_connected(), late;

	leave = how;
	SAME(pthread_barrier_init(&barrier, NULL, 2), 0);
	SAME(pthread_create(&thread, NULL, leaves_table, &early), 0);
	pthread_barrier_wait(&barrier);
	close(early); /* the thread has it still */
	late = uh_connected();
	pthread_barrier_wait(&barrier);
	connect_many();
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier); /* the thread's turn is over */
	is_routed(late);
	uh_talk(late);
	SAME(pthread_join(thread, NULL), 0);
}

static void unshared_table(void)
{
	own_table(unshare_table);
}

static void closed_range(void)
{
	own_table(unshare_by_closing);
}

static void *connects_a_little(void *unused)
{
	(void)unused;
	connect_once();
	return NULL;
}

static void run_with_stack(void *(*function)(void *), size_t size)
{
	pthread_attr_t attributes;
	pthread_t thread;

	SAME(pthread_attr_init(&attributes), 0);
	SAME(pthread_attr_setstacksize(&attributes, size), 0);
	SAME(pthread_create(&thread, &attributes, function, NULL), 0);
	SAME(pthread_join(thread, NULL), 0);
}

/* Twice the least, because the harness needs some, too. */
static void small_stack(void)
{
	for (int i = 0; i < 3; i++)
		run_with_stack(connects_a_little, 2 * (size_t)sysconf(_SC_THREAD_STACK_MIN));
}

/* The address is the main thread's, and so is all that the harness does. */
static struct uh_peer asked;

static void *connects_and_no_more(void *unused)
{
	shared_error = connect(shared, &asked.address, asked.length) == 0 ? 0 : errno;
	return unused;
}

/* Programs with many threads give them the least of stack that there is. */
static void smallest_stack(void)
{
	asked = uh_public();
	for (int i = 0; i < 3; i++) {
		shared = uh_socket(SOCK_CLOEXEC);
		run_with_stack(connects_and_no_more, (size_t)sysconf(_SC_THREAD_STACK_MIN));
		SAME(shared_error, 0);
		uh_talk(shared);
	}
}

/* The compiler has the limit of a second. */
static void hanging_compiler(void)
{
	uh_use_compiler("exec sleep 60");
}

static void *connects_in_time(void *unused)
{
	struct uh_peer peer = uh_public();
	int fd = uh_socket(SOCK_CLOEXEC);
	struct timespec began, ended;

	pthread_barrier_wait(&barrier);
	clock_gettime(CLOCK_MONOTONIC, &began);
	SAME(connect(fd, &peer.address, peer.length), 0);
	clock_gettime(CLOCK_MONOTONIC, &ended);
	CHECK(ended.tv_sec - began.tv_sec < 10);
	TEXT(uh_who(fd), "decoy");
	close(fd);
	return unused;
}

/* Nobody waits without end for the one that reads, and nobody reads in vain after it. */
static void compiler_hangs(void)
{
	pthread_t thread[THREADS];

	run(connects_in_time, thread, THREADS);
	join(thread, THREADS);
}

/* It asks for more time than there would be. */
static void slow_compiler(void)
{
	uh_use_compiler("printf '\\040\\116\\000\\000' >&4\n" /* 20,000 ms */
			"sleep 3; exec \"$COMPILER\" \"$@\"");
}

static void *connects_somewhere(void *unused)
{
	struct uh_peer peer = uh_public();
	int fd = uh_socket(SOCK_CLOEXEC);

	pthread_barrier_wait(&barrier);
	SAME(connect(fd, &peer.address, peer.length), 0);
	if (strcmp(uh_who(fd), "hit") == 0)
		atomic_fetch_add(&hits, 1);
	close(fd);
	return unused;
}

/* The one that has the compiler run is routed; the others go on after limit and slack. */
static void compiler_is_slow(void)
{
	pthread_t thread[8];

	run(connects_somewhere, thread, 8);
	join(thread, 8);
	CHECK(hits >= 1);
	connect_once();
}

static const struct uh_test tests[] = {
    {"32 threads connect 100 times each", all_at_once, UH_EVERY, 0, 60},
    {"fork while 8 threads connect", fork_meanwhile, UH_EVERY, 0, 60},
    {"32 threads fork while 8 connect", all_fork, UH_EVERY, 0, 60},
    {"fork during the first connect", fork_at_first, UH_EVERY, 0, 60},
    {"fork during the first connect, from a cache", fork_at_first, UH_ROUTED, uh_compile, 60},
    {"names while other threads connect", names_meanwhile, UH_EVERY, 0, 60},
    {"a thread after unshare", unshared_table, UH_EVERY, 0, 60},
    {"a thread after close_range", closed_range, UH_EVERY, 0, 60},
    {"a thread with a small stack", small_stack, UH_EVERY, 0, 0},
    {"a thread with the smallest stack", smallest_stack, UH_EVERY, 0, 0},
    {"a thread with the smallest stack, from a cache", smallest_stack, UH_ROUTED, uh_compile,
     0},
    {"32 threads, and a compiler that hangs", compiler_hangs, UH_UNIX | UH_IP, hanging_compiler,
     0},
    {"8 threads, and a compiler that is slow", compiler_is_slow, UH_UNIX | UH_V4, slow_compiler,
     0},
    {"two threads connect one socket", same_socket, UH_EVERY, 0, 60},
};

UH_SUITE(tests, NULL);

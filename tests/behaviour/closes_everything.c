/* SPDX-License-Identifier: MIT */
/*
 * closes_everything.c: programs that close all descriptors that they don't know, as servers do
 * when they start: nothing of the object's is among them, and nothing of it is lost.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "harness.h"

static void is_the_connection(int fd)
{
	struct uh_peer asked = uh_public(), said = uh_peername(fd);

	CHECK(uh_peers_equal(&said, &asked));
	uh_talk(fd);
}

static void connects(void)
{
	int fd = uh_connected(), before = uh_count_descriptors();

	is_the_connection(fd);
	for (int i = 0; i < 10; i++) {
		int other = uh_connected();

		is_the_connection(other);
		close(other);
	}
	is_the_connection(fd);
	SAME(uh_count_descriptors(), before);
}

/* All but the one on which the test reports. */
static void by_close_range(void)
{
	SAME(close_range(0, UH_REPORT - 1, 0), 0);
	SAME(close_range(UH_REPORT + 1, ~0U, 0), 0);
}

static void by_raw_call(void)
{
	SAME(syscall(SYS_close_range, 0, UH_REPORT - 1, 0), 0);
	SAME(syscall(SYS_close_range, UH_REPORT + 1, ~0U, 0), 0);
}

static void by_closefrom(void)
{
	SAME(dup2(UH_REPORT, 3), 3);
	closefrom(4);
	SAME(dup2(3, UH_REPORT), UH_REPORT);
	close(3);
}

static void by_loop(void)
{
	long end = sysconf(_SC_OPEN_MAX);

	for (int fd = 0; fd < (end < 20000 ? end : 20000); fd++)
		if (fd != UH_REPORT)
			close(fd);
}

static void (*const ways[])(void) = {by_close_range, by_raw_call, by_closefrom, by_loop};
enum { WAYS = sizeof(ways) / sizeof(ways[0]) };

/* Before the object has done anything. */
static void before_first(int way)
{
	ways[way]();
	connects();
}

static void closed_before_first(void)
{
	for (int way = 0; way < WAYS; way++)
		uh_in_child(before_first, way);
}

/* With connections open, and some set up to be; their numbers come back as other sockets'. */
static void between(int way)
{
	struct uh_peer name = {.length = sizeof(name.storage)}, plain, said;
	int fd, old = uh_connected();

	for (int i = 0; i < 20; i++)
		is_the_connection(uh_connected());
	ways[way]();
	do {
		fd = uh_socket(SOCK_CLOEXEC);
		FAILS(getpeername(fd, &name.address, &name.length), ENOTCONN);
	} while (fd < old);
	plain = uh_public_port(UH_PORT_PLAIN);
	SAME(uh_try(fd, &plain), 0);
	said = uh_peername(fd);
	CHECK(uh_peers_equal(&said, &plain));
	connects();
}

static void closed_between(void)
{
	for (int way = 0; way < WAYS; way++)
		uh_in_child(between, way);
}

static atomic_bool done;

static void *connects_until_done(void *unused)
{
	(void)unused;
	while (!atomic_load(&done)) {
		int fd = socket(uh_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		struct uh_peer peer = uh_public();

		/* The number may be closed at any moment, or even be another's by now. */
		connect(fd, &peer.address, peer.length);
		close(fd);
		usleep(200); /* or the server falls behind */
	}
	return NULL;
}

/* A child that begins so while other threads of its parent are anywhere in connect(). */
static void closes_after_fork(int way)
{
	ways[way]();
	connects();
}

static void closed_after_fork(void)
{
	pthread_t thread[4];

	for (int i = 0; i < 4; i++)
		SAME(pthread_create(&thread[i], NULL, connects_until_done, NULL), 0);
	for (int i = 0; i < 20; i++)
		uh_in_child(closes_after_fork, i % WAYS);
	atomic_store(&done, true);
	for (int i = 0; i < 4; i++)
		SAME(pthread_join(thread[i], NULL), 0);
	connects();
}

/* A target whose backlog the threads filled may be left alone for a while. */
static void wait_for_answer(void)
{
	for (int i = 0; i < 60; i++) {
		int fd = uh_connected();
		bool answers = strcmp(uh_who(fd), "hit") == 0;

		close(fd);
		if (answers)
			return;
		usleep(100000);
	}
}

/* Other threads' descriptors are closed under them: an error, maybe, but no crash and no hang.
 */
static void closed_under_threads(void)
{
	pthread_t thread[4];

	uh_talk(uh_connected());
	for (int i = 0; i < 4; i++)
		SAME(pthread_create(&thread[i], NULL, connects_until_done, NULL), 0);
	for (int i = 0; i < 500; i++)
		close_range(3, UH_REPORT - 1, 0);
	atomic_store(&done, true);
	for (int i = 0; i < 4; i++)
		SAME(pthread_join(thread[i], NULL), 0);
	wait_for_answer();
	connects();
}

/* The parent ends in daemon(3), the child lives on without a terminal, in another directory. */
static void becomes_daemon(int report)
{
	char byte = 1;

	if (daemon(0, 0) < 0)
		_exit(1);
	connects();
	SAME(write(report, &byte, 1), 1);
}

static void in_daemon(bool connected_before)
{
	int ends[2];
	char byte = 0;

	SAME(pipe2(ends, O_CLOEXEC), 0);
	if (connected_before)
		connects();
	uh_in_child(becomes_daemon, ends[1]);
	close(ends[1]);
	SAME(read(ends[0], &byte, 1), 1);
	SAME(byte, 1);
}

static void daemon_first(void)
{
	in_daemon(false);
}

static void daemon_later(void)
{
	in_daemon(true);
}

static const struct uh_test tests[] = {
    {"all closed before the first connect", closed_before_first, UH_EVERY, 0, 0},
    {"all closed between connects", closed_between, UH_EVERY, 0, 0},
    {"all closed after fork, others connecting", closed_after_fork, UH_EVERY, 0, 60},
    {"all closed under other threads", closed_under_threads, UH_EVERY, 0, 60},
    {"a daemon's first connect", daemon_first, UH_EVERY, 0, 0},
    {"a daemon's later connect", daemon_later, UH_EVERY, 0, 0},
};

UH_SUITE(tests, NULL);

/* SPDX-License-Identifier: MIT */
/* signals.c: connect in a signal handler, whatever the interrupted code was doing. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>

#include "harness.h"

enum { PAGE = 65536 }; /* as large as any machine's are, and a multiple of smaller ones */

static struct uh_peer peer;
static bool asks; /* who answers: not at a high rate */
static volatile sig_atomic_t handled;

/* As uh_talk, with nothing but what signal-safety(7) allows. */
static bool is_hit(int fd)
{
	char text[16];

	return write(fd, "who\n", 4) == 4 && read(fd, text, sizeof(text)) == 8 &&
	       memcmp(text, "hit who\n", 8) == 0;
}

/* Only what signal-safety(7) allows; a reset at the end, or TIME_WAIT uses up the ports. */
static void connects(int number)
{
	const struct linger reset = {1, 0};
	int before = errno, fd = socket(uh_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct uh_peer said = {.length = sizeof(said.storage)};

	(void)number;
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) < 0)
		_exit(3);
	if (connect(fd, &peer.address, peer.length) < 0)
		_exit(4);
	if (getpeername(fd, &said.address, &said.length) < 0 || !uh_peers_equal(&said, &peer))
		_exit(5);
	if (asks && !is_hit(fd))
		_exit(6);
	close(fd);
	handled++;
	errno = before;
}

static void start(long microseconds)
{
	struct sigaction action = {.sa_handler = connects, .sa_flags = SA_RESTART};
	struct itimerval often = {{0, microseconds}, {0, microseconds}};

	peer = uh_public();
	uh_talk(uh_connected()); /* the routes are read outside the handler */
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

static void stop(void)
{
	struct itimerval never = {{0, 0}, {0, 0}};

	setitimer(ITIMER_REAL, &never, NULL);
}

/* malloc holds a lock while it is interrupted: a handler that allocates would wait for ever. */
static void while_allocating(void)
{
	start(500);
	while (handled < 500) {
		void *block[64];

		for (int i = 0; i < 64; i++)
			block[i] = malloc((size_t)rand() % 5000 + 1);
		for (int i = 0; i < 64; i++)
			free(block[i]);
	}
	stop();
}

static void *idles(void *unused)
{
	pause();
	return unused;
}

/* With a second thread malloc takes its lock, as it doesn't without one. */
static void first_in_handler(int microseconds)
{
	struct sigaction action = {.sa_handler = connects, .sa_flags = SA_RESTART};
	struct itimerval once = {.it_value = {0, microseconds}};
	pthread_t thread;

	SAME(pthread_create(&thread, NULL, idles, NULL), 0);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &once, NULL);
	while (!handled) {
		void *block = malloc((size_t)rand() % 50000 + 1);

		CHECK(block != NULL);
		free(block);
	}
}

/* Nothing has been bound or read before: that needs no lock, wherever routes come from. */
static void first_while_allocating(void)
{
	peer = uh_public();
	asks = true;
	for (int i = 0; i < 200; i++)
		uh_in_child(first_in_handler, 100 + i);
}

static void switched_off(void)
{
	setenv("UNHAIRPIN", "off", 1);
}

/* The interrupted code is itself in connect(), with a half-made replacement. */
static void while_connecting(void)
{
	const struct linger reset = {1, 0};

	start(500);
	while (handled < 500) {
		int fd = uh_socket(SOCK_CLOEXEC);
		struct uh_peer said;

		SAME(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
		SAME(connect(fd, &peer.address, peer.length), 0);
		said = uh_peername(fd);
		CHECK(uh_peers_equal(&said, &peer));
		close(fd);
	}
	stop();
}

/*
 * Ten thousand times a second, if the machine can, and the next signal is there when a handler
 * ends: main is interrupted anywhere in malloc and in its own connections.
 */
static void at_high_rate(void)
{
	const struct linger reset = {1, 0};

	start(100);
	while (handled < 5000) {
		void *block = malloc((size_t)rand() % 50000 + 1);
		int fd = uh_socket(SOCK_CLOEXEC);
		struct uh_peer said;

		CHECK(block != NULL);
		SAME(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
		SAME(connect(fd, &peer.address, peer.length), 0);
		said = uh_peername(fd);
		CHECK(uh_peers_equal(&said, &peer));
		close(fd);
		free(block);
	}
	stop();
	uh_talk(uh_connected());
}

static void while_forking(void)
{
	start(1000);
	while (handled < 100) {
		pid_t child = fork();

		if (child == 0)
			_exit(0); /* timers are not inherited */
		uh_reap(child);
	}
	stop();
}

/* The stack that sigaltstack(2) recommends is small: 8 KiB, and what the frame of a processor
 * with many registers has over 2 KiB. */
static void on_another_stack(void)
{
	struct sigaction action = {.sa_handler = connects, .sa_flags = SA_ONSTACK};
	long frame = sysconf(_SC_MINSIGSTKSZ);
	stack_t stack = {.ss_size = 8192 + (frame > 2048 ? (size_t)frame - 2048 : 0)};

	peer = uh_public();
	stack.ss_sp = mmap(NULL, stack.ss_size + PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(stack.ss_sp != MAP_FAILED);
	SAME(mprotect(stack.ss_sp, PAGE, PROT_NONE), 0); /* what is under the stack */
	stack.ss_sp = (char *)stack.ss_sp + PAGE;
	SAME(sigaltstack(&stack, NULL), 0);
	sigaction(SIGUSR1, &action, NULL);
	for (int i = 0; i < 10; i++)
		SAME(raise(SIGUSR1), 0);
	SAME(handled, 10);
}

static void later_on_another_stack(void)
{
	uh_talk(uh_connected());
	on_another_stack();
}

/* No descriptor is left by any of those. */
static void leaves_nothing(void)
{
	int before, after;

	start(500);
	stop();
	before = uh_count_descriptors();
	handled = 0;
	start(500);
	while (handled < 200)
		close(uh_connected());
	stop();
	after = uh_count_descriptors();
	SAME(after, before + 1); /* start() keeps one connection */
}

/* A blocked signal stays blocked and pending: nothing is lost, nothing delivered early. */
static void blocked_stays_blocked(void)
{
	sigset_t set, now;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	uh_talk(uh_connected());
	sigprocmask(SIG_BLOCK, NULL, &now);
	CHECK(sigismember(&now, SIGUSR1) == 1);
	CHECK(sigismember(&now, SIGUSR2) == 0);
	sigpending(&now);
	CHECK(sigismember(&now, SIGUSR1) == 1);
}

static const struct uh_test tests[] = {
    {"connect in a handler while main allocates", while_allocating, UH_EVERY, 0, 60},
    {"the first connect in a handler while main allocates", first_while_allocating,
     UH_NATIVE | UH_PRELOADED, switched_off, 60},
    {"the first connect in a handler, from a cache", first_while_allocating, UH_ROUTED,
     uh_compile, 60},
    {"the first connect in a handler, from text", first_while_allocating, UH_ROUTED, NULL, 60},
    {"connect in a handler while main connects", while_connecting, UH_EVERY, 0, 60},
    {"connect in a handler at 10 kHz", at_high_rate, UH_EVERY, 0, 60},
    {"connect in a handler while main forks", while_forking, UH_EVERY, 0, 60},
    {"connect in a handler on another stack", later_on_another_stack, UH_EVERY, 0, 0},
    {"the first connect on another stack, from a cache", on_another_stack, UH_ROUTED,
     uh_compile, 0},
    {"the first connect on another stack, from text", on_another_stack, UH_ROUTED, NULL, 0},
    {"connect in a handler leaves no descriptor", leaves_nothing, UH_EVERY, 0, 60},
    {"blocked signals stay blocked", blocked_stays_blocked, UH_EVERY, 0, 0},
};

UH_SUITE(tests, NULL);

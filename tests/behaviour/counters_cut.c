/* SPDX-License-Identifier: MIT */
/*
 * counters_cut.c: the user's file of counters is cut, removed and overwritten while the program
 * connects. The program notices nothing of it, and ends up with a file that is whole.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "harness.h"

enum { THREADS = 8, ROUNDS = 60, WHOLE = 393472 };

static const off_t sizes[] = {0, 1, 8, 256, 4096, 100000, WHOLE - 1, WHOLE, WHOLE + 1};
static atomic_int running;

static void count_connections(void)
{
	mkdir(uh_path("stats"), 0777);
	chmod(uh_path("stats"), 01777);
	setenv("UNHAIRPIN_STATS", uh_path("stats"), 1);
}

static const char *counters(void)
{
	static char path[256];
	char name[32];

	snprintf(name, sizeof(name), "stats/%u", (unsigned)geteuid());
	return strcpy(path, uh_path(name));
}

static void connection(void)
{
	int fd = uh_connected();

	uh_talk(fd);
	close(fd);
}

/* A second later at most, the program looks. */
static void is_whole_again(void)
{
	struct timespec moment = {.tv_nsec = 20000000};
	struct stat status;

	do {
		connection();
		nanosleep(&moment, NULL);
	} while (stat(counters(), &status) != 0 || status.st_size != WHOLE);
}

static void cut_between(void)
{
	int before;

	connection();
	before = uh_count_descriptors();
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		SAME(truncate(counters(), sizes[i]), 0);
		connection();
		connection();
	}
	/* Of this only a second later anything is seen. */
	SAME(truncate(counters(), 0), 0);
	is_whole_again();
	SAME(unlink(counters()), 0);
	is_whole_again();
	SAME(uh_count_descriptors(), before);
}

static void *connects(void *unused)
{
	(void)unused;
	for (int i = 0; i < ROUNDS; i++)
		connection();
	running--;
	return NULL;
}

static void cut_at_any_time(void)
{
	pthread_t thread[THREADS];
	struct sigaction found, action;
	int before;

	SAME(sigaction(SIGBUS, NULL, &found), 0);
	connection();
	before = uh_count_descriptors();
	running = THREADS;
	for (int i = 0; i < THREADS; i++)
		SAME(pthread_create(&thread[i], NULL, connects, NULL), 0);
	for (unsigned i = 0; running; i++) {
		truncate(counters(), sizes[i % (sizeof(sizes) / sizeof(*sizes))]);
		if (i % 100 == 99)
			unlink(counters());
	}
	for (int i = 0; i < THREADS; i++)
		SAME(pthread_join(thread[i], NULL), 0);
	SAME(sigaction(SIGBUS, NULL, &action), 0);
	CHECK(action.sa_handler == found.sa_handler);
	unlink(counters());
	is_whole_again();
	SAME(uh_count_descriptors(), before);
}

static const struct uh_test tests[] = {
    {"cut between connections", cut_between, UH_UNIX | UH_IP, count_connections, 60},
    {"cut at any time", cut_at_any_time, UH_UNIX | UH_IP, count_connections, 60},
};

UH_SUITE(tests, "");

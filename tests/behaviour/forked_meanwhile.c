/* SPDX-License-Identifier: MIT */
/* forked_meanwhile.c: a child that is forked while another thread waits in connect(). */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "harness.h"

static int waiting;

static void *waits(void *unused)
{
	uh_connect_port(waiting, 1101);
	return unused;
}

/* A thread that has another descriptor open waits for the target. */
static pthread_t start_waiting(void)
{
	int before = uh_count_descriptors();
	pthread_t thread;

	SAME(pthread_create(&thread, NULL, waits, NULL), 0);
	while (uh_count_descriptors() == before)
		sched_yield();
	return thread;
}

/* Returns the connection of the listener's that says "bye"; those that filled the queue don't.
 */
static int accept_bye(int server)
{
	char text[4] = "";
	int fd;

	do {
		fd = accept(server, NULL, NULL);
		CHECK(fd >= 0);
	} while (recv(fd, text, sizeof(text), MSG_DONTWAIT) != 3);
	return fd;
}

/* A child that is forked meanwhile has nothing but what the program knows of: when all of that
 * is closed the service sees the end. */
static void forked_while_waiting(void)
{
	struct timeval limit = {10, 0};
	int server = uh_unix_listener("full.sock", 0), fd;
	pthread_t thread;
	pid_t child;
	char byte;

	uh_connect_port(uh_socket(0), 1102); /* the routes are read */
	uh_fill_unix("full.sock");
	waiting = uh_socket(0);
	thread = start_waiting();
	child = fork();
	if (child == 0) {
		close(waiting);
		pause();
		_exit(0);
	}
	close(accept(server, NULL, NULL));
	SAME(pthread_join(thread, NULL), 0);
	SAME(write(waiting, "bye", 3), 3);
	close(waiting);
	fd = accept_bye(server);
	SAME(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
	SAME(read(fd, &byte, 1), 0);
	SAME(kill(child, SIGKILL), 0);
	SAME(waitpid(child, NULL, 0), child);
}

static const struct uh_test tests[] = {
    {"fork() while a thread waits for room", forked_while_waiting, UH_PRELOADED, 0, 0},
};

UH_SUITE(
    tests,
    "backlog_wait = \"15s\"\n"
    "route \"203.0.113.1:1101\" { to = \"unix:$DIR/full.sock\" on_failure = \"refuse\" }\n"
    "route \"[2001:db8::1]:1101\" { to = \"unix:$DIR/full.sock\" on_failure = \"refuse\" }\n"
    "route \"203.0.113.1:1102\" { to = \"unix:@uh-hit\" }\n"
    "route \"[2001:db8::1]:1102\" { to = \"unix:@uh-hit\" }\n");

/* SPDX-License-Identifier: MIT */
/*
 * no_memory.c: nothing can be mapped any more: connections are made all the same, and what
 * would be said of them is not.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/un.h>

#include "harness.h"
#include "trace_message.h"

enum { SETS = 20 }; /* more than are remembered without memory */

/* The stack has grown, and the routes are read, before. */
static void allow_memory(bool allowed)
{
	static struct rlimit before;
	struct rlimit none;

	if (!before.rlim_max)
		getrlimit(RLIMIT_AS, &before);
	none = (struct rlimit){0, before.rlim_max};
	SAME(setrlimit(RLIMIT_AS, allowed ? &before : &none), 0);
}

static void connects(bool allowed)
{
	int fd = uh_socket(SOCK_CLOEXEC);
	struct uh_peer peer = uh_public();

	allow_memory(allowed);
	errno = ENFILE;
	SAME(connect(fd, &peer.address, peer.length), 0);
	SAME(errno, ENFILE);
	allow_memory(true);
	uh_talk(fd);
	close(fd);
}

static int lines(void)
{
	FILE *file = fopen(uh_path("log"), "re");
	char line[1024];
	int count = 0;

	while (file && fgets(line, sizeof(line), file))
		count += strstr(line, " goes to ") != NULL;
	if (file)
		fclose(file);
	return count;
}

static void no_line(void)
{
	uh_log_open();
	connects(true);
	SAME(lines(), 1);
	connects(false);
	SAME(lines(), 1);
	connects(true);
	SAME(lines(), 2);
}

static void trace(void)
{
	setenv("UNHAIRPIN_TRACE", "@uh-no-memory:0123456789abcdef0123456789abcdef", 1);
}

/* Of the next message that has come, how many others it says were lost. */
static int lost(int listener)
{
	struct uh_trace_message message;
	int fd = accept(listener, NULL, NULL);

	CHECK(fd >= 0);
	CHECK(recv(fd, &message, sizeof(message), 0) == sizeof(message));
	close(fd);
	return (int)message.lost;
}

static void no_message(void)
{
	static const struct sockaddr_un name = {AF_UNIX, "\0uh-no-memory"};
	int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	SAME(bind(listener, (const struct sockaddr *)&name,
		  offsetof(struct sockaddr_un, sun_path) + 13),
	     0);
	SAME(listen(listener, 16), 0);
	connects(true);
	SAME(lost(listener), 0);
	connects(false);
	connects(false);
	FAILS(accept(listener, NULL, NULL), EAGAIN);
	connects(true);
	SAME(lost(listener), 2);
	connects(true);
	SAME(lost(listener), 0);
}

/* A socket that can't be put back into all of its sets is not replaced. */
static void many_sets(void)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = 7};
	int set[SETS], fd = uh_socket(SOCK_CLOEXEC);

	for (int i = 0; i < SETS; i++) {
		set[i] = epoll_create1(EPOLL_CLOEXEC);
		SAME(epoll_ctl(set[i], EPOLL_CTL_ADD, fd, &event), 0);
	}
	uh_connected();
	allow_memory(false);
	uh_connect(fd);
	allow_memory(true);
	TEXT(uh_who(fd), "decoy");
	SAME(send(fd, "bye\n", 4, MSG_NOSIGNAL), 4);
	for (int i = 0; i < SETS; i++) {
		SAME(epoll_wait(set[i], &event, 1, 10000), 1);
		SAME(event.data.u64, 7);
	}
}

static const struct uh_test tests[] = {
    {"no line of the log", no_line, UH_ROUTED, uh_log_to_file, 0},
    {"no message to a trace", no_message, UH_ROUTED, trace, 0},
    {"more epoll sets than can be remembered", many_sets, UH_REPLACED, 0, 0},
};

UH_SUITE(tests, NULL);

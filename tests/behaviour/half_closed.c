/* SPDX-License-Identifier: MIT */
/* half_closed.c: shutdown(2) before and after connect, as the program and the service see it.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/time.h>

#include "harness.h"

enum { PORT = 1200 };

/* A service of the test's own behind the public address; the program's end in *fd. */
static int accepted_by(int *fd)
{
	struct uh_peer asked = uh_public_port(PORT);
	int listener = uh_in(UH_REPLACED) ? uh_unix_listener("own", 1)
					  : uh_tcp_listener(uh_family, PORT, 1);
	int peer;

	SAME(uh_try(*fd, &asked), 0);
	peer = accept(listener, NULL, NULL);
	CHECK(peer >= 0);
	close(listener);
	return peer;
}

/*
 * Until something has come; on TCP a socket that is not to be read from says "end of file" when
 * its queue is empty, on a Unix socket EAGAIN in a moment.
 */
static void reads(int fd, const char *text)
{
	char got[16];
	ssize_t size;

	do
		size = read(fd, got, sizeof(got));
	while (size == 0 || (size < 0 && errno == EAGAIN));
	SAME(size, strlen(text));
	SAME(memcmp(got, text, (size_t)size), 0);
}

static void service_goes_on(void)
{
	int fd = uh_socket(0), peer = accepted_by(&fd);

	SAME(shutdown(fd, SHUT_RD), 0);
	SAME(shutdown(fd, SHUT_RD), 0);
	for (int i = 0; i < 3; i++) {
		SAME(write(peer, "more", 4), 4); /* SIGPIPE would end the test */
		reads(fd, "more");
	}
	SAME(write(fd, "x", 1), 1);
	reads(peer, "x");
}

/* In either order, by any copy: then it is as with SHUT_RDWR. */
static void both_in_turn(void)
{
	for (int i = 0; i < 2; i++) {
		int fd = uh_socket(0), peer = accepted_by(&fd), copy = dup(fd);
		char byte;

		SAME(shutdown(copy, i == 0 ? SHUT_RD : SHUT_WR), 0);
		SAME(shutdown(fd, i == 0 ? SHUT_WR : SHUT_RD), 0);
		SAME(read(peer, &byte, 1), 0);
		SAME(read(fd, &byte, 1), 0);
		FAILS(send(copy, "x", 1, MSG_NOSIGNAL), EPIPE);
		close(fd);
		close(copy);
		close(peer);
	}
}

/* TCP says 0; what counts is that the program isn't left waiting. */
static void reading_ends(void)
{
	int fd = uh_connected();
	char byte;
	ssize_t got;

	SAME(shutdown(fd, SHUT_RD), 0);
	got = read(fd, &byte, 1);
	CHECK(got == 0 || (uh_in(UH_REPLACED) && got == -1 && errno == EAGAIN));
}

static int tcp_state(int fd)
{
	unsigned char state = 0;
	socklen_t size = sizeof(state);

	SAME(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &state, &size), 0);
	return state;
}

/* The other end's kernel answers a FIN in its own time. */
static void wait_for_state(int fd, int state)
{
	while (tcp_state(fd) != state)
		sched_yield();
}

/* TCP_INFO tells a pool whether a connection that it keeps is still one. */
static void state_is_told(void)
{
	int fd = uh_socket(0), peer = accepted_by(&fd);

	SAME(tcp_state(fd), TCP_ESTABLISHED);
	SAME(shutdown(fd, SHUT_WR), 0);
	wait_for_state(fd, TCP_FIN_WAIT2);
	close(peer);
	wait_for_state(fd, TCP_CLOSE);
	close(fd);
	fd = uh_socket(0);
	peer = accepted_by(&fd);
	SAME(shutdown(peer, SHUT_WR), 0);
	wait_for_state(fd, TCP_CLOSE_WAIT);
}

/* shutdown(2) ends a connection in progress: the next connect(2) is one too many. */
static void ends_progress(void)
{
	struct uh_peer asked = uh_public();
	int fd = uh_socket(SOCK_NONBLOCK);

	SAME(connect(fd, &asked.address, asked.length), -1);
	SAME(errno, EINPROGRESS);
	SAME(shutdown(fd, SHUT_RD), 0);
	FAILS(connect(fd, &asked.address, asked.length), EISCONN);
}

static void both_ends_end(void)
{
	int fd = uh_socket(0), peer = accepted_by(&fd);
	char byte;

	SAME(shutdown(fd, SHUT_RDWR), 0);
	SAME(read(fd, &byte, 1), 0);
	SAME(read(peer, &byte, 1), 0);
	FAILS(send(fd, "x", 1, MSG_NOSIGNAL), EPIPE);
}

static void limit_is(int fd, long seconds)
{
	struct timeval limit = {-1, -1};
	socklen_t size = sizeof(limit);

	SAME(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, &size), 0);
	SAME(size, sizeof(limit));
	SAME(limit.tv_sec, seconds);
	SAME(limit.tv_usec, 0);
}

/* The time limit for reading is the program's as before. */
static void receive_limit(void)
{
	struct timeval limit = {.tv_sec = 5};
	int fd = uh_socket(0), copy, wrong;

	SAME(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
	uh_connect(fd);
	copy = dup(fd);
	SAME(shutdown(fd, SHUT_RD), 0);
	limit_is(fd, 5);
	limit.tv_sec = 7;
	SAME(setsockopt(copy, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
	limit_is(fd, 7);
	SAME(shutdown(copy, SHUT_RD), 0);
	limit_is(copy, 7);
	FAILS(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wrong, 3), EINVAL);
	limit_is(fd, 7);
}

static void writing_before(void)
{
	int fd = uh_socket(0);

	FAILS(shutdown(fd, SHUT_WR), ENOTCONN);
	uh_connect(fd);
	FAILS(send(fd, "x", 1, MSG_NOSIGNAL), EPIPE);
}

static void reading_before(void)
{
	int fd = uh_socket(0), peer;

	FAILS(shutdown(fd, SHUT_RD), ENOTCONN);
	peer = accepted_by(&fd);
	SAME(write(peer, "more", 4), 4);
	reads(fd, "more");
	SAME(write(fd, "x", 1), 1);
	reads(peer, "x");
}

static void both_before(void)
{
	int fd = uh_socket(0), peer;

	FAILS(shutdown(fd, SHUT_RDWR), ENOTCONN);
	peer = accepted_by(&fd);
	FAILS(send(fd, "x", 1, MSG_NOSIGNAL), EPIPE);
	SAME(write(peer, "more", 4), 4);
	reads(fd, "more");
}

/* It was another socket's, under the same number. */
static void number_again(void)
{
	int fd = uh_socket(0), next;

	FAILS(shutdown(fd, SHUT_RDWR), ENOTCONN);
	close(fd);
	next = uh_socket(0);
	SAME(next, fd);
	uh_connect(next);
	uh_talk(next);
}

/* AF_UNSPEC makes a whole one of it. */
static void whole_again(void)
{
	static const struct sockaddr none = {.sa_family = AF_UNSPEC};
	int fd = uh_connected();

	SAME(shutdown(fd, SHUT_RDWR), 0);
	SAME(connect(fd, &none, sizeof(none)), 0);
	uh_connect(fd);
	uh_talk(fd);
}

static void wrong_calls(void)
{
	int fd = uh_connected();

	FAILS(shutdown(fd, 3), EINVAL);
	FAILS(shutdown(fd, -1), EINVAL);
	FAILS(shutdown(-1, SHUT_RD), EBADF);
	FAILS(shutdown(dup(1), SHUT_RD), ENOTSOCK);
	uh_talk(fd);
}

static const struct uh_test tests[] = {
    {"the service writes on after SHUT_RD", service_goes_on, UH_NATIVE | UH_REPLACED, 0, 0},
    {"SHUT_RD and SHUT_WR in turn", both_in_turn, UH_NATIVE | UH_REPLACED, 0, 0},
    {"a read after SHUT_RD ends", reading_ends, UH_EVERY, 0, 0},
    {"TCP_INFO of a half-closed connection", state_is_told, UH_NATIVE | UH_REPLACED, 0, 0},
    {"shutdown while it is in progress", ends_progress, UH_REPLACED, 0, 0},
    {"SHUT_RDWR", both_ends_end, UH_NATIVE | UH_REPLACED, 0, 0},
    {"SO_RCVTIMEO after SHUT_RD", receive_limit, UH_EVERY, 0, 0},
    {"SHUT_WR before connect", writing_before, UH_EVERY, 0, 0},
    {"SHUT_RD before connect", reading_before, UH_NATIVE | UH_REPLACED, 0, 0},
    {"SHUT_RDWR before connect", both_before, UH_NATIVE | UH_REPLACED, 0, 0},
    {"SHUT_RDWR before, and the number used again", number_again, UH_EVERY, 0, 0},
    {"SHUT_RDWR, then AF_UNSPEC", whole_again, UH_EVERY, 0, 0},
    {"shutdown with bad arguments", wrong_calls, UH_EVERY, 0, 0},
};

UH_SUITE(tests, "route \"203.0.113.1:1200\" { to = \"unix:$DIR/own\" }\n"
		"route \"[2001:db8::1]:1200\" { to = \"unix:$DIR/own\" }\n");

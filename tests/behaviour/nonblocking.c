/* SPDX-License-Identifier: MIT */
/* nonblocking.c: connect on a non-blocking socket, and what a second connect says. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/select.h>
#include <sys/time.h>

#include "harness.h"

/* Also if the connection is made at once, as to a Unix target. */
static void start(int fd)
{
	struct uh_peer peer = uh_public();

	FAILS(connect(fd, &peer.address, peer.length), EINPROGRESS);
}

static void with_poll(void)
{
	struct uh_peer asked = uh_public(), peer;
	int fd = uh_socket(SOCK_NONBLOCK);

	start(fd);
	SAME(uh_finish(fd), 0);
	peer = uh_peername(fd);
	CHECK(uh_peers_equal(&peer, &asked));
	uh_talk(fd);
}

static void with_select(void)
{
	int fd = uh_socket(SOCK_NONBLOCK), error = -1;
	socklen_t length = sizeof(error);
	fd_set set;

	start(fd);
	FD_ZERO(&set);
	FD_SET(fd, &set);
	SAME(select(fd + 1, NULL, &set, NULL, NULL), 1);
	SAME(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length), 0);
	SAME(error, 0);
	uh_talk(fd);
}

/* The next connect() learns that the last one has failed, wherever it is to go; once. */
static void failure_comes_first(void)
{
	struct uh_peer nobody = uh_public_port(UH_PORT_NOBODY), peer = uh_public();
	int fd = uh_socket(SOCK_NONBLOCK), taken = uh_socket(SOCK_NONBLOCK), error;
	struct pollfd end[] = {{.fd = fd, .events = POLLOUT}, {.fd = taken, .events = POLLOUT}};
	socklen_t length = sizeof(error);

	for (int i = 0; i < 2; i++) {
		FAILS(connect(end[i].fd, &nobody.address, nobody.length), EINPROGRESS);
		SAME(poll(&end[i], 1, -1), 1);
	}
	FAILS(connect(fd, &peer.address, peer.length), ECONNREFUSED);
	SAME(uh_try(fd, &peer), 0);
	uh_talk(fd);
	SAME(getsockopt(taken, SOL_SOCKET, SO_ERROR, &error, &length), 0);
	SAME(error, ECONNREFUSED);
	FAILS(connect(taken, &peer.address, peer.length), ECONNABORTED);
	SAME(uh_try(taken, &peer), 0);
	uh_talk(taken);
}

/*
 * Some programs connect again to learn the outcome: once 0 if it was in progress, then EISCONN.
 */
static void connect_again(void)
{
	struct uh_peer peer = uh_public();
	int fd = uh_socket(SOCK_NONBLOCK);

	start(fd);
	SAME(uh_finish(fd), 0);
	errno = 0;
	SAME(connect(fd, &peer.address, peer.length), 0);
	SAME(errno, 0);
	FAILS(connect(fd, &peer.address, peer.length), EISCONN);
	FAILS(connect(fd, &peer.address, peer.length), EISCONN);
	uh_talk(fd);
}

static void blocking_twice(void)
{
	struct uh_peer peer = uh_public(), other = uh_public_port(UH_PORT_PLAIN);
	int fd = uh_connected();

	FAILS(connect(fd, &peer.address, peer.length), EISCONN);
	FAILS(connect(fd, &other.address, other.length), EISCONN);
	uh_talk(fd);
}

static void nothing_to_read_yet(void)
{
	int fd = uh_socket(SOCK_NONBLOCK);
	char byte;

	uh_connect(fd);
	FAILS(read(fd, &byte, 1), EAGAIN);
	uh_talk(fd);
}

/* A server whose queue is full leaves the connection in progress: the kernel drops the SYN. */
static struct uh_peer silent(void)
{
	uh_tcp_listener(uh_family, 7001, 0);
	uh_fill_tcp(uh_family, 7001);
	return uh_public_port(uh_in(UH_NATIVE) ? 7001 : 1101);
}

static void in_progress(void)
{
	struct uh_peer peer = silent(), name = {.length = sizeof(name.storage)};
	int fd = uh_socket(SOCK_NONBLOCK);

	FAILS(connect(fd, &peer.address, peer.length), EINPROGRESS);
	FAILS(connect(fd, &peer.address, peer.length), EALREADY);
	FAILS(getpeername(fd, &name.address, &name.length), ENOTCONN);
	FAILS(connect(fd, &peer.address, peer.length), EALREADY);
}

static void nothing(int number)
{
	(void)number;
}

/* The connection goes on in the background: no other target may be tried meanwhile. */
static void interrupted(void)
{
	struct sigaction action = {.sa_handler = nothing};
	struct itimerval soon = {{0, 50000}, {0, 50000}};
	struct uh_peer peer = silent();
	int fd = uh_socket(0);

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	FAILS(connect(fd, &peer.address, peer.length), EINTR);
	SAME(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	FAILS(connect(fd, &peer.address, peer.length), EALREADY);
}

static void send_timeout(void)
{
	struct timeval soon = {0, 50000};
	struct uh_peer peer = silent();
	int fd = uh_socket(0);

	SAME(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof(soon)), 0);
	FAILS(connect(fd, &peer.address, peer.length), EINPROGRESS);
}

/* Nobody listens where the program asks, nor where the route leads: the error is TCP's. */
static void refused(void)
{
	struct uh_peer peer = uh_public_port(uh_in(UH_PLAIN) ? UH_PORT_NOBODY : 1102);

	FAILS(uh_try(uh_socket(0), &peer), ECONNREFUSED);
	FAILS(uh_try(uh_socket(SOCK_NONBLOCK), &peer), ECONNREFUSED);
}

/* After a failure the same socket may connect elsewhere. */
static void refused_then_elsewhere(void)
{
	struct uh_peer peer = uh_public_port(uh_in(UH_PLAIN) ? UH_PORT_NOBODY : 1102);
	int fd = uh_socket(0);

	FAILS(uh_try(fd, &peer), ECONNREFUSED);
	uh_connect(fd);
	uh_talk(fd);
}

static const struct uh_test tests[] = {
    {"a failure comes first", failure_comes_first, UH_EVERY, 0, 0},
    {"non-blocking connect and poll", with_poll, UH_EVERY, 0, 0},
    {"non-blocking connect and select", with_select, UH_EVERY, 0, 0},
    {"non-blocking connect again", connect_again, UH_EVERY, 0, 0},
    {"blocking connect again", blocking_twice, UH_EVERY, 0, 0},
    {"EAGAIN before the first answer", nothing_to_read_yet, UH_EVERY, 0, 0},
    {"EALREADY while in progress", in_progress, UH_NATIVE | UH_PRELOADED, 0, 0},
    {"EINTR", interrupted, UH_NATIVE | UH_PRELOADED, 0, 0},
    {"SO_SNDTIMEO while connecting", send_timeout, UH_NATIVE | UH_PRELOADED, 0, 0},
    {"ECONNREFUSED", refused, UH_PLAIN | UH_PRELOADED, 0, 0},
    {"connect elsewhere after ECONNREFUSED", refused_then_elsewhere, UH_EVERY, 0, 0},
};

UH_SUITE(tests, "route \"203.0.113.1:1101\" { to = \"127.0.0.2:7001\" }\n"
		"route \"[2001:db8::1]:1101\" { to = \"[::1]:7001\" }\n"
		"route \"203.0.113.1:1102\" { to = {\"unix:$DIR/no\", \"127.0.0.2:7999\"} "
		"on_failure = \"refuse\" }\n"
		"route \"[2001:db8::1]:1102\" { to = {\"unix:$DIR/no\", \"[::1]:7999\"} "
		"on_failure = \"refuse\" }\n");

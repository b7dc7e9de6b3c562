/* SPDX-License-Identifier: MIT */
/*
 * full_backlog.c: a Unix target whose queue is full does not answer. No program that opened TCP
 * expects EAGAIN from connect(), and an invented EINPROGRESS would never come to an end.
 */
#include <fcntl.h>
#include <sys/time.h>

#include "harness.h"

static int full(int flags)
{
	uh_unix_listener("full.sock", 0);
	uh_fill_unix("full.sock");
	return uh_socket(flags);
}

static void next_target_answers(int flags)
{
	int fd = full(flags);

	uh_connect_port(fd, 1101);
	uh_talk(fd);
}

static void next_target_blocking(void)
{
	next_target_answers(0);
}

static void next_target_nonblocking(void)
{
	next_target_answers(SOCK_NONBLOCK);
}

static void refused(int flags)
{
	struct uh_peer peer = uh_public_port(1102);
	int fd = full(flags);

	FAILS(connect(fd, &peer.address, peer.length), ECONNREFUSED);
}

static void refused_blocking(void)
{
	refused(0);
}

static void refused_nonblocking(void)
{
	refused(SOCK_NONBLOCK);
}

static void original(int flags)
{
	int fd = full(flags);

	uh_connect_port(fd, 1103);
	TEXT(uh_who(fd), "decoy");
}

static void original_blocking(void)
{
	original(0);
}

static void original_nonblocking(void)
{
	original(SOCK_NONBLOCK);
}

/* The program's own limit is a bound for the wait, too, and still its own afterwards. */
static void with_send_timeout(void)
{
	struct timeval soon = {0, 100000}, after = {0, 0};
	socklen_t length = sizeof(after);
	int fd = full(0);

	SAME(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof(soon)), 0);
	uh_connect_port(fd, 1101);
	uh_talk(fd);
	SAME(getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &after, &length), 0);
	SAME(after.tv_sec * 1000000 + after.tv_usec, 100000);
}

/*
 * O_NONBLOCK belongs to the open file, which other processes may share: it must not be flipped.
 */
static void flags_afterwards(void)
{
	struct uh_peer peer = uh_public_port(1102);
	int blocking = full(0), other = uh_socket(SOCK_NONBLOCK);

	FAILS(connect(blocking, &peer.address, peer.length), ECONNREFUSED);
	FAILS(connect(other, &peer.address, peer.length), ECONNREFUSED);
	SAME(fcntl(blocking, F_GETFL), O_RDWR);
	SAME(fcntl(other, F_GETFL), O_RDWR | O_NONBLOCK);
}

/* The room that is free again is used. */
static void room_again(void)
{
	struct uh_peer peer = uh_public_port(1102);
	int server = uh_unix_listener("full.sock", 0), fd = uh_socket(SOCK_NONBLOCK), accepted;

	uh_fill_unix("full.sock");
	FAILS(connect(fd, &peer.address, peer.length), ECONNREFUSED);
	SAME(fcntl(server, F_SETFL, O_NONBLOCK), 0);
	do
		accepted = accept(server, NULL, NULL);
	while (accepted >= 0);
	SAME(uh_try(fd, &peer), 0);
	CHECK(accept(server, NULL, NULL) >= 0);
}

static const struct uh_test tests[] = {
    {"full backlog, next target, blocking", next_target_blocking, UH_PRELOADED, 0, 0},
    {"full backlog, next target, non-blocking", next_target_nonblocking, UH_PRELOADED, 0, 0},
    {"full backlog, refuse, blocking", refused_blocking, UH_PRELOADED, 0, 0},
    {"full backlog, refuse, non-blocking", refused_nonblocking, UH_PRELOADED, 0, 0},
    {"full backlog, original, blocking", original_blocking, UH_PRELOADED, 0, 0},
    {"full backlog, original, non-blocking", original_nonblocking, UH_PRELOADED, 0, 0},
    {"full backlog and SO_SNDTIMEO", with_send_timeout, UH_PRELOADED, 0, 0},
    {"full backlog leaves O_NONBLOCK alone", flags_afterwards, UH_PRELOADED, 0, 0},
    {"a backlog with room again", room_again, UH_PRELOADED, 0, 0},
};

UH_SUITE(
    tests,
    "route \"203.0.113.1:1101\" { to = {\"unix:$DIR/full.sock\", \"unix:@uh-hit\"} }\n"
    "route \"[2001:db8::1]:1101\" { to = {\"unix:$DIR/full.sock\", \"unix:@uh-hit\"} }\n"
    "route \"203.0.113.1:1102\" { to = \"unix:$DIR/full.sock\" on_failure = \"refuse\" }\n"
    "route \"[2001:db8::1]:1102\" { to = \"unix:$DIR/full.sock\" on_failure = \"refuse\" }\n"
    "route \"203.0.113.1:1103\" { to = \"unix:$DIR/full.sock\" }\n"
    "route \"[2001:db8::1]:1103\" { to = \"unix:$DIR/full.sock\" }\n");

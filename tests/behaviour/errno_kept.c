/* SPDX-License-Identifier: MIT */
/* errno_kept.c: a call that succeeds leaves errno alone, as the kernel's own would. */
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "harness.h"

#define UNTOUCHED 4711 /* no error has this number */

/*
 * The first connect() of a process reads the configuration: many calls that may fail on the
 * way.
 */
static void connecting(void)
{
	struct uh_peer peer = uh_public();

	for (int i = 0; i < 3; i++) {
		int fd = uh_socket(0);

		errno = UNTOUCHED;
		SAME(connect(fd, &peer.address, peer.length), 0);
		SAME(errno, UNTOUCHED);
		uh_talk(fd);
		close(fd);
	}
}

static void names(void)
{
	int fd = uh_connected();

	errno = UNTOUCHED;
	uh_peername(fd);
	SAME(errno, UNTOUCHED);
	uh_sockname(fd);
	SAME(errno, UNTOUCHED);
}

static void options(void)
{
	int fd = uh_connected(), value = 1;
	socklen_t length = sizeof(value);

	errno = UNTOUCHED;
	SAME(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, sizeof(value)), 0);
	SAME(errno, UNTOUCHED);
	SAME(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &length), 0);
	SAME(errno, UNTOUCHED);
	SAME(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &length), 0);
	SAME(errno, UNTOUCHED);
}

static void fast_open(void)
{
	struct uh_peer peer = uh_public();
	int fd = uh_socket(0);

	errno = UNTOUCHED;
	SAME(sendto(fd, "x\n", 2, MSG_FASTOPEN, &peer.address, peer.length), 2);
	SAME(errno, UNTOUCHED);
	uh_expect(fd, "hit x\n");
}

/* Two dead targets are tried on the way, each with an error of its own. */
static void after_dead_targets(void)
{
	struct uh_peer peer = uh_public_port(1101);
	int fd = uh_socket(0);

	errno = UNTOUCHED;
	SAME(connect(fd, &peer.address, peer.length), 0);
	SAME(errno, UNTOUCHED);
	uh_talk(fd);
}

static void original_after_dead_targets(void)
{
	struct uh_peer peer = uh_public_port(1102);
	int fd = uh_socket(0);

	errno = UNTOUCHED;
	SAME(connect(fd, &peer.address, peer.length), 0);
	SAME(errno, UNTOUCHED);
	TEXT(uh_who(fd), "decoy");
}

/* A datagram socket that is replaced is restored before it is connected again. */
static void datagram_again(void)
{
	struct uh_peer peer = uh_public();
	int fd = socket(uh_family, SOCK_DGRAM, 0);

	for (int i = 0; i < 3; i++) {
		errno = UNTOUCHED;
		SAME(connect(fd, &peer.address, peer.length), 0);
		SAME(errno, UNTOUCHED);
	}
	peer = uh_public_port(UH_PORT_PLAIN);
	SAME(connect(fd, &peer.address, peer.length), 0);
	SAME(errno, UNTOUCHED);
}

static const struct uh_test tests[] = {
    {"errno after connect", connecting, UH_EVERY, 0, 0},
    {"errno after getpeername and getsockname", names, UH_EVERY, 0, 0},
    {"errno after getsockopt and setsockopt", options, UH_EVERY, 0, 0},
    {"errno after sendto with MSG_FASTOPEN", fast_open, UH_EVERY, 0, 0},
    {"errno after dead targets", after_dead_targets, UH_PRELOADED, 0, 0},
    {"errno when the original answers", original_after_dead_targets, UH_PRELOADED, 0, 0},
    {"errno when a datagram socket connects again", datagram_again, UH_EVERY, 0, 0},
};

UH_SUITE(tests, "route \"203.0.113.1:1101\" { to = {\"unix:$DIR/no\", \"127.0.0.2:7999\", "
		"\"unix:$DIR/hit.sock\"} }\n"
		"route \"[2001:db8::1]:1101\" { to = {\"unix:$DIR/no\", \"[::1]:7999\", "
		"\"unix:$DIR/hit.sock\"} }\n"
		"route \"203.0.113.1:1102\" { to = {\"unix:$DIR/no\", \"127.0.0.2:7999\"} }\n"
		"route \"[2001:db8::1]:1102\" { to = {\"unix:$DIR/no\", \"[::1]:7999\"} }\n");

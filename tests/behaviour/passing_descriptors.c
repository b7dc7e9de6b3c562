/* SPDX-License-Identifier: MIT */
/* passing_descriptors.c: a copy that travelled over SCM_RIGHTS is the same connection. */
#include <sys/time.h>
#include <sys/uio.h>

#include "harness.h"

union control {
	char buffer[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

/* By sendmmsg(2) or by sendmsg(2). */
static void send_descriptor(int channel, int fd, bool many)
{
	union control control = {.buffer = {0}};
	struct iovec byte = {"x", 1};
	struct msghdr message = {.msg_iov = &byte,
				 .msg_iovlen = 1,
				 .msg_control = control.buffer,
				 .msg_controllen = sizeof(control.buffer)};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	if (many)
		SAME(sendmmsg(channel, &(struct mmsghdr){message, 0}, 1, 0), 1);
	else
		SAME(sendmsg(channel, &message, 0), 1);
}

static int receive_descriptor(int channel)
{
	union control control;
	char byte;
	struct iovec vector = {&byte, 1};
	struct msghdr message = {.msg_iov = &vector,
				 .msg_iovlen = 1,
				 .msg_control = control.buffer,
				 .msg_controllen = sizeof(control.buffer)};
	int fd;

	SAME(recvmsg(channel, &message, MSG_CMSG_CLOEXEC), 1);
	CHECK(CMSG_FIRSTHDR(&message) != NULL);
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

static int travel(int fd, bool many)
{
	int ends[2], copy;

	SAME(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	send_descriptor(ends[0], fd, many);
	copy = receive_descriptor(ends[1]);
	close(ends[0]);
	close(ends[1]);
	return copy;
}

static void is_the_connection(int fd)
{
	struct uh_peer asked = uh_public(), peer = uh_peername(fd);

	CHECK(uh_peers_equal(&peer, &asked));
	uh_talk(fd);
}

static void after_connect(void)
{
	int fd = uh_connected(), copy = travel(fd, false);

	is_the_connection(copy);
	close(fd);
	is_the_connection(copy);
}

static void before_connect(bool many)
{
	int fd = uh_socket(0), copy = travel(fd, many);

	uh_connect(fd);
	is_the_connection(copy);
	close(fd);
	is_the_connection(copy);
}

static void by_sendmsg(void)
{
	before_connect(false);
}

static void by_sendmmsg(void)
{
	before_connect(true);
}

/* The only number is closed while the descriptor is on its way. */
static void in_flight(void)
{
	int ends[2], fd = uh_connected(), copy;

	SAME(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	send_descriptor(ends[0], fd, false);
	close(fd);
	copy = receive_descriptor(ends[1]);
	is_the_connection(copy);
}

static int channel[2];

static void takes_over(int unused)
{
	(void)unused;
	uh_talk(receive_descriptor(channel[1]));
}

/* To another process the names may be lost (it knows no route), but never the connection. */
static void to_a_child(void)
{
	int fd;

	SAME(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel), 0);
	fd = uh_connected();
	send_descriptor(channel[0], fd, false);
	close(fd);
	uh_in_child(takes_over, 0);
}

/* A child makes a socket, prepares it and passes it on; it comes under the number of one that
 * was made here and closed. */
static int received_instead(int type, void (*prepare)(int fd))
{
	int fd, number;
	pid_t child;

	SAME(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel), 0);
	child = fork();
	if (child == 0) {
		fd = socket(uh_family, type, 0);
		prepare(fd);
		send_descriptor(channel[0], fd, false);
		_exit(0);
	}
	uh_reap(child);
	number = uh_socket(0);
	close(number);
	fd = receive_descriptor(channel[1]);
	SAME(fd, number);
	return fd;
}

static void prepare_nothing(int fd)
{
	(void)fd;
}

/* No route here is for UDP. */
static void datagrams_instead(void)
{
	struct uh_peer peer = uh_public();
	int fd = received_instead(SOCK_DGRAM, prepare_nothing), type = 0;
	socklen_t length = sizeof(type);

	SAME(connect(fd, &peer.address, peer.length), 0);
	SAME(getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length), 0);
	SAME(type, SOCK_DGRAM);
	SAME(uh_sockname(fd).address.sa_family, uh_family);
}

static void prepare_limit(int fd)
{
	struct timeval limit = {3, 0};

	SAME(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
}

/* Options that were never set here. */
static void options_of_another(void)
{
	int fd = received_instead(SOCK_STREAM, prepare_limit);
	struct timeval limit = {0, 0};
	socklen_t length = sizeof(limit);

	uh_connect(fd);
	SAME(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, &length), 0);
	SAME(limit.tv_sec, 3);
	uh_talk(fd);
}

static void set_by_child(int fd)
{
	prepare_limit(fd);
}

/* The child of a fork has the same socket. */
static void options_by_a_child(void)
{
	struct timeval limit = {0, 0};
	socklen_t length = sizeof(limit);
	int fd = uh_socket(0);

	uh_in_child(set_by_child, fd);
	uh_connect(fd);
	SAME(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, &length), 0);
	SAME(limit.tv_sec, 3);
}

static const struct uh_test tests[] = {
    {"passed after connect", after_connect, UH_EVERY, 0, 0},
    {"passed before connect", by_sendmsg, UH_EVERY, 0, 0},
    {"passed before connect by sendmmsg", by_sendmmsg, UH_EVERY, 0, 0},
    {"closed while passed", in_flight, UH_EVERY, 0, 0},
    {"passed to a child", to_a_child, UH_EVERY, 0, 0},
    {"a datagram socket under a stream's number", datagrams_instead, UH_EVERY, 0, 0},
    {"another process's options under a new socket's number", options_of_another, UH_EVERY, 0,
     0},
    {"options set by a forked child", options_by_a_child, UH_EVERY, 0, 0},
};

UH_SUITE(tests, NULL);

/* SPDX-License-Identifier: MIT */
/*
 * bounded_state.c: what is remembered grows with open descriptors, never with connections made.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>

#include "harness.h"

#define MANY 100000
#define SLACK 512 /* kB: what the C library itself may take meanwhile */

static const struct linger reset = {1, 0}; /* no TIME_WAIT: the ports would run out */

static int connect_one(void)
{
	int fd = uh_socket(SOCK_CLOEXEC), value = 30;

	SAME(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
	SAME(setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &value, sizeof(value)), 0);
	uh_connect(fd);
	uh_peername(fd);
	return fd;
}

/* Memory and descriptors, before and after some work. */
struct use {
	long resident, size;
	int descriptors;
};

static struct use measure(void)
{
	struct use use = {.resident = uh_status("VmRSS"), .size = uh_status("VmSize")};

	use.descriptors = uh_count_descriptors();
	return use;
}

static void has_not_grown(struct use before)
{
	struct use after = measure();

	SAME(after.descriptors, before.descriptors);
	CHECK(after.resident <= before.resident + SLACK);
	CHECK(after.size <= before.size + SLACK);
}

static void many_connections(void)
{
	struct use before;

	for (int i = 0; i < 1000; i++)
		close(connect_one());
	measure();
	before = measure();
	for (int i = 0; i < MANY; i++)
		close(connect_one());
	has_not_grown(before);
	uh_talk(connect_one());
}

/* Ever other numbers: the state for those that were closed is given up or reused. */
static void ever_other_numbers(void)
{
	struct use before;

	for (int i = 0; i < 1000; i++)
		close(fcntl(2, F_DUPFD_CLOEXEC, 3 + i % 800));
	close(connect_one());
	measure();
	before = measure();
	for (int round = 0; round < 20; round++) {
		int fd[500];

		for (int i = 0; i < 500; i++)
			fd[i] = connect_one();
		for (int i = 0; i < 500; i++)
			close(fd[(i * 7) % 500]);
	}
	has_not_grown(before);
}

static void many_copies(void)
{
	struct use before;
	int fd = connect_one();

	close(dup(fd));
	measure();
	before = measure();
	for (int i = 0; i < MANY; i++) {
		int copy = dup(fd);

		CHECK(copy >= 0);
		close(copy);
	}
	has_not_grown(before);
	uh_talk(fd);
}

static void many_sets(void)
{
	struct epoll_event event = {.events = EPOLLIN};
	struct use before;

	close(connect_one());
	measure();
	before = measure();
	for (int i = 0; i < 5000; i++) {
		int set = epoll_create1(EPOLL_CLOEXEC), fd = uh_socket(SOCK_CLOEXEC);

		SAME(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
		SAME(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), 0);
		uh_connect(fd);
		SAME(epoll_ctl(set, EPOLL_CTL_DEL, fd, NULL), 0);
		close(fd);
		close(set);
	}
	has_not_grown(before);
}

static void many_failures(void)
{
	struct uh_peer peer = uh_public_port(1101);
	struct use before;
	int fd = uh_socket(SOCK_CLOEXEC);

	FAILS(connect(fd, &peer.address, peer.length), ECONNREFUSED);
	measure();
	before = measure();
	for (int i = 0; i < 20000; i++)
		FAILS(connect(fd, &peer.address, peer.length), ECONNREFUSED);
	has_not_grown(before);
	uh_connect_port(fd, UH_PORT_PLAIN);
	uh_talk(fd);
}

static const struct uh_test tests[] = {
    {"100,000 connections", many_connections, UH_ROUTED | UH_V4, 0, 120},
    {"10,000 connections on 500 numbers", ever_other_numbers, UH_EVERY, 0, 60},
    {"100,000 copies", many_copies, UH_EVERY, 0, 60},
    {"5,000 epoll sets", many_sets, UH_EVERY, 0, 60},
    {"20,000 failures", many_failures, UH_PRELOADED, 0, 60},
};

UH_SUITE(tests, "route \"203.0.113.1:1101\" { to = {\"unix:$DIR/no\", \"127.0.0.2:7999\"} "
		"on_failure = \"refuse\" }\n"
		"route \"[2001:db8::1]:1101\" { to = {\"unix:$DIR/no\", \"[::1]:7999\"} "
		"on_failure = \"refuse\" }\n");

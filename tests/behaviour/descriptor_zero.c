/* SPDX-License-Identifier: MIT */
/*
 * descriptor_zero.c: standard streams that are closed. The program's socket may be number 0,
 * and nothing of ours may stay on 0, 1 or 2, where the program's next open() or print would
 * meet it.
 */
#include <fcntl.h>

#include "harness.h"

static void is_the_connection(int fd)
{
	struct uh_peer asked = uh_public(), said = uh_peername(fd);

	CHECK(uh_peers_equal(&said, &asked));
	uh_talk(fd);
}

static void close_standard_streams(void)
{
	close(0);
	close(1);
	close(2);
}

static void all_closed(void)
{
	close_standard_streams();
	for (int i = 0; i < 3; i++) {
		int fd = uh_socket(SOCK_CLOEXEC);

		SAME(fd, 0);
		uh_connect(fd);
		SAME(fcntl(0, F_GETFD), FD_CLOEXEC);
		SAME(fcntl(1, F_GETFD), -1);
		SAME(fcntl(2, F_GETFD), -1);
		is_the_connection(fd);
		close(fd);
	}
}

static void only_zero_closed(void)
{
	close(0);
	int fd = uh_socket(0);
	SAME(fd, 0);
	uh_connect(fd);
	is_the_connection(fd);
}

/* The socket is elsewhere; all three are free while it is replaced. */
static void free_below(void)
{
	int fd = uh_socket(0);

	SAME(dup2(fd, 20), 20);
	close(fd);
	close_standard_streams();
	uh_connect(20);
	for (int i = 0; i < 3; i++)
		SAME(fcntl(i, F_GETFD), -1);
	is_the_connection(20);
}

static void each_standard_number(void)
{
	close_standard_streams();
	for (int i = 0; i < 3; i++) {
		SAME(uh_socket(0), i);
		uh_connect(i);
	}
	for (int i = 0; i < 3; i++)
		is_the_connection(i);
	SAME(fcntl(3, F_GETFD), -1);
}

static void copies(void)
{
	close_standard_streams();
	SAME(uh_socket(0), 0);
	SAME(dup(0), 1);
	uh_connect(1);
	is_the_connection(0);
	is_the_connection(1);
	SAME(fcntl(2, F_GETFD), -1);
}

/* Failing targets, too, leave nothing there. */
static void failing_targets(void)
{
	struct uh_peer peer = uh_public_port(1101);

	close_standard_streams();
	SAME(uh_socket(0), 0);
	FAILS(connect(0, &peer.address, peer.length), ECONNREFUSED);
	SAME(fcntl(0, F_GETFD), 0);
	SAME(fcntl(1, F_GETFD), -1);
	SAME(fcntl(2, F_GETFD), -1);
	uh_connect_port(0, UH_PORT_PLAIN);
	uh_talk(0);
}

static const struct uh_test tests[] = {
    {"0, 1 and 2 closed", all_closed, UH_EVERY, 0, 0},
    {"0 closed", only_zero_closed, UH_EVERY, 0, 0},
    {"0, 1 and 2 free during connect", free_below, UH_EVERY, 0, 0},
    {"connections on 0, 1 and 2", each_standard_number, UH_EVERY, 0, 0},
    {"copies on 0 and 1", copies, UH_EVERY, 0, 0},
    {"failing targets with 0, 1 and 2 closed", failing_targets, UH_PRELOADED, 0, 0},
};

UH_SUITE(tests, "route \"203.0.113.1:1101\" { to = {\"unix:$DIR/no\", \"127.0.0.2:7999\"} "
		"on_failure = \"refuse\" }\n"
		"route \"[2001:db8::1]:1101\" { to = {\"unix:$DIR/no\", \"[::1]:7999\"} "
		"on_failure = \"refuse\" }\n");

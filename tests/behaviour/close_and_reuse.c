/* SPDX-License-Identifier: MIT */
/* close_and_reuse.c: whoever gets a closed connection's number never sees its answers. */
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "harness.h"

#define NUMBER 50 /* the descriptor that is closed and reused */

enum how { BY_CLOSE, BY_CLOSE_RANGE, BY_SYSTEM_CALL, BY_DUP2, WAYS };

static void connect_number(void)
{
	int fd = uh_connected(), one = 1;

	SAME(dup2(fd, NUMBER), NUMBER);
	close(fd);
	SAME(setsockopt(NUMBER, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)), 0);
	uh_peername(NUMBER);
	uh_sockname(NUMBER);
}

/* Ends the connection and puts other under its number. */
static void reuse(int other, enum how how)
{
	if (how == BY_CLOSE)
		SAME(close(NUMBER), 0);
	else if (how == BY_CLOSE_RANGE)
		SAME(close_range(NUMBER, NUMBER, 0), 0);
	else if (how == BY_SYSTEM_CALL)
		SAME(syscall(SYS_close, NUMBER), 0);
	SAME(syscall(SYS_dup3, other, NUMBER, 0), NUMBER);
	close(other);
}

static void by_socket(void)
{
	struct uh_peer name;
	int value;
	socklen_t length = sizeof(value);

	for (enum how how = 0; how < WAYS; how++) {
		connect_number();
		reuse(uh_socket(0), how);
		name.length = sizeof(name.storage);
		FAILS(getpeername(NUMBER, &name.address, &name.length), ENOTCONN);
		name = uh_sockname(NUMBER);
		SAME(uh_port_of(&name), 0);
		SAME(getsockopt(NUMBER, IPPROTO_TCP, TCP_NODELAY, &value, &length), 0);
		SAME(value, 0);
		close(NUMBER);
	}
}

/* The number's next life is another connection: neither is mistaken for the other. */
static void by_connection(void)
{
	struct uh_peer plain = uh_public_port(UH_PORT_PLAIN), asked = uh_public(), name;

	for (enum how how = 0; how < WAYS; how++) {
		int other = uh_socket(0);

		connect_number();
		uh_connect_port(other, UH_PORT_PLAIN);
		reuse(other, how);
		name = uh_peername(NUMBER);
		CHECK(uh_peers_equal(&name, &plain));
		uh_talk(NUMBER);
		reuse(uh_connected(), how);
		name = uh_peername(NUMBER);
		CHECK(uh_peers_equal(&name, &asked));
		uh_talk(NUMBER);
		close(NUMBER);
	}
}

static void by_file(void)
{
	struct uh_peer name = {.length = sizeof(name.storage)};
	int value;
	socklen_t length = sizeof(value);

	for (enum how how = 0; how < WAYS; how++) {
		connect_number();
		reuse(open("/dev/null", O_RDWR | O_CLOEXEC), how);
		FAILS(getpeername(NUMBER, &name.address, &name.length), ENOTSOCK);
		FAILS(getsockname(NUMBER, &name.address, &name.length), ENOTSOCK);
		FAILS(getsockopt(NUMBER, IPPROTO_TCP, TCP_NODELAY, &value, &length), ENOTSOCK);
		FAILS(setsockopt(NUMBER, IPPROTO_TCP, TCP_NODELAY, &value, length), ENOTSOCK);
	}
}

static void by_pipe(void)
{
	struct uh_peer name = {.length = sizeof(name.storage)};
	int ends[2];

	for (enum how how = 0; how < WAYS; how++) {
		connect_number();
		SAME(pipe2(ends, O_CLOEXEC), 0);
		reuse(ends[0], how);
		FAILS(getpeername(NUMBER, &name.address, &name.length), ENOTSOCK);
		close(ends[1]);
	}
}

/* A Unix socket of the program's own must not pass for a replaced one. */
static void by_unix_pair(void)
{
	struct uh_peer name;
	int ends[2], value;
	socklen_t length = sizeof(value);

	for (enum how how = 0; how < WAYS; how++) {
		connect_number();
		SAME(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
		reuse(ends[0], how);
		name = uh_peername(NUMBER);
		SAME(name.address.sa_family, AF_UNIX);
		name = uh_sockname(NUMBER);
		SAME(name.address.sa_family, AF_UNIX);
		SAME(getsockopt(NUMBER, SOL_SOCKET, SO_DOMAIN, &value, &length), 0);
		SAME(value, AF_UNIX);
		FAILS(getsockopt(NUMBER, IPPROTO_TCP, TCP_NODELAY, &value, &length),
		      EOPNOTSUPP);
		close(ends[1]);
	}
}

/* Nor one that is connected to the very socket that the route leads to. */
static void by_unix_connection(void)
{
	struct sockaddr_un server = {.sun_family = AF_UNIX};
	struct uh_peer name;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(server.sun_path, uh_path("hit.sock"), strlen(uh_path("hit.sock")));
	connect_number();
	SAME(connect(fd, (struct sockaddr *)&server, sizeof(server)), 0);
	reuse(fd, BY_DUP2);
	name = uh_peername(NUMBER);
	SAME(name.address.sa_family, AF_UNIX);
	TEXT(((struct sockaddr_un *)&name.storage)->sun_path, server.sun_path);
	uh_talk(NUMBER);
}

static void by_datagram_socket(void)
{
	struct uh_peer name = {.length = sizeof(name.storage)};
	int value;
	socklen_t length = sizeof(value);

	connect_number();
	reuse(socket(uh_family, SOCK_DGRAM | SOCK_CLOEXEC, 0), BY_SYSTEM_CALL);
	FAILS(getpeername(NUMBER, &name.address, &name.length), ENOTCONN);
	SAME(getsockopt(NUMBER, SOL_SOCKET, SO_TYPE, &value, &length), 0);
	SAME(value, SOCK_DGRAM);
}

/* The other family under the same number. */
static void by_other_family(void)
{
	int other = uh_family == AF_INET ? AF_INET6 : AF_INET, value;
	socklen_t length = sizeof(value);
	struct uh_peer name;

	connect_number();
	reuse(socket(other, SOCK_STREAM | SOCK_CLOEXEC, 0), BY_CLOSE_RANGE);
	SAME(getsockopt(NUMBER, SOL_SOCKET, SO_DOMAIN, &value, &length), 0);
	SAME(value, other);
	name = uh_sockname(NUMBER);
	SAME(name.address.sa_family, other);
}

/* After close_range of everything, and after nothing is left open, all goes on. */
static void everything_closed(void)
{
	for (int i = 0; i < 5; i++) {
		uh_connected();
		uh_connected();
		SAME(close_range(3, UH_REPORT - 1, 0), 0);
		int fd = uh_connected();
		SAME(fd, 3);
		uh_talk(fd);
		SAME(fcntl(4, F_GETFD), -1);
	}
}

static const struct uh_test tests[] = {
    {"reused by a socket", by_socket, UH_EVERY, 0, 0},
    {"reused by a connection", by_connection, UH_EVERY, 0, 0},
    {"reused by a file", by_file, UH_EVERY, 0, 0},
    {"reused by a pipe", by_pipe, UH_EVERY, 0, 0},
    {"reused by a Unix socket pair", by_unix_pair, UH_EVERY, 0, 0},
    {"reused by a Unix connection", by_unix_connection, UH_EVERY, 0, 0},
    {"reused by a datagram socket", by_datagram_socket, UH_EVERY, 0, 0},
    {"reused by the other family", by_other_family, UH_EVERY, 0, 0},
    {"close_range of everything", everything_closed, UH_EVERY, 0, 0},
};

UH_SUITE(tests, NULL);

/* SPDX-License-Identifier: MIT */
/* disconnect.c: connect() with AF_UNSPEC ends a connection; the socket is free for another. */
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "harness.h"

static const struct sockaddr none = {.sa_family = AF_UNSPEC};

static void is_free(int fd)
{
	struct uh_peer name = {.length = sizeof(name.storage)};
	int value;
	socklen_t length = sizeof(value);

	FAILS(getpeername(fd, &name.address, &name.length), ENOTCONN);
	SAME(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &length), 0);
	SAME(value, uh_family);
}

static void is_connected_to(int fd, const struct uh_peer *peer)
{
	struct uh_peer said = uh_peername(fd);

	CHECK(uh_peers_equal(&said, peer));
	uh_talk(fd);
}

static void then_elsewhere(void)
{
	struct uh_peer plain = uh_public_port(UH_PORT_PLAIN);
	int fd = uh_connected();

	SAME(connect(fd, &none, sizeof(none)), 0);
	is_free(fd);
	SAME(uh_try(fd, &plain), 0);
	is_connected_to(fd, &plain);
}

static void then_there_again(void)
{
	struct uh_peer asked = uh_public();
	int fd = uh_connected(), before = uh_count_descriptors();

	for (int i = 0; i < 3; i++) {
		SAME(connect(fd, &none, sizeof(none)), 0);
		is_free(fd);
		SAME(uh_try(fd, &asked), 0);
		is_connected_to(fd, &asked);
	}
	SAME(uh_count_descriptors(), before);
}

static void from_elsewhere(void)
{
	struct uh_peer asked = uh_public();
	int fd = uh_socket(SOCK_NONBLOCK);

	uh_connect_port(fd, UH_PORT_PLAIN);
	SAME(connect(fd, &none, sizeof(none)), 0);
	SAME(uh_try(fd, &asked), 0);
	is_connected_to(fd, &asked);
}

static void on_a_fresh_socket(void)
{
	int fd = uh_socket(0);

	SAME(connect(fd, &none, sizeof(none)), 0);
	SAME(connect(fd, &none, 2), 0);
	is_free(fd);
	uh_connect(fd);
	uh_talk(fd);
}

/* What was set on the socket belongs to it, not to the connection. */
static void keeps_options(void)
{
	int fd = uh_socket(SOCK_NONBLOCK | SOCK_CLOEXEC), value = 77;
	socklen_t length = sizeof(value);

	SAME(setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &value, sizeof(value)), 0);
	uh_connect(fd);
	SAME(connect(fd, &none, sizeof(none)), 0);
	SAME(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);
	value = 0;
	SAME(getsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &value, &length), 0);
	SAME(value, 77);
	uh_connect_port(fd, UH_PORT_PLAIN);
	uh_talk(fd);
}

/* Every number of the socket is disconnected. */
static void copies(void)
{
	struct uh_peer plain = uh_public_port(UH_PORT_PLAIN);
	int fd = uh_connected(), copy = dup(fd);

	SAME(connect(copy, &none, sizeof(none)), 0);
	is_free(fd);
	is_free(copy);
	SAME(uh_try(fd, &plain), 0);
	is_connected_to(copy, &plain);
}

static struct uh_peer own_address(uint16_t port)
{
	return uh_peer(uh_family == AF_INET ? "127.0.0.1" : "::1", port);
}

/* The bound address and port stay, and a second bind fails as ever. */
static void keeps_what_was_bound(void)
{
	struct uh_peer bound = own_address(5555), said;
	int fd = uh_socket(0);

	SAME(bind(fd, &bound.address, bound.length), 0);
	for (int i = 0; i < 2; i++) {
		uh_connect(fd);
		uh_sockname(fd);
		SAME(connect(fd, &none, sizeof(none)), 0);
		said = uh_sockname(fd);
		CHECK(uh_peers_equal(&said, &bound));
		FAILS(bind(fd, &bound.address, bound.length), EINVAL);
	}
}

/* The address that getsockname() completed is not bound. */
static void keeps_a_port(void)
{
	struct uh_peer any = uh_peer(uh_family == AF_INET ? "0.0.0.0" : "::", 5556), said;
	int fd = uh_socket(0);

	SAME(bind(fd, &any.address, any.length), 0);
	uh_connect(fd);
	uh_sockname(fd);
	SAME(connect(fd, &none, sizeof(none)), 0);
	said = uh_sockname(fd);
	CHECK(uh_peers_equal(&said, &any));
}

/* The port may be another's by now. */
static void port_was_taken(void)
{
	struct uh_peer bound = own_address(5557), said;
	int fd = uh_socket(0), other = uh_socket(0);

	SAME(bind(fd, &bound.address, bound.length), 0);
	uh_connect(fd);
	SAME(bind(other, &bound.address, bound.length), 0);
	SAME(connect(fd, &none, sizeof(none)), 0);
	said = uh_sockname(fd);
	CHECK(uh_port_of(&said) != 5557);
	uh_connect(fd);
	uh_talk(fd);
}

/* Options set by a copy's number, on the connected socket. */
static void keeps_options_of_copies(void)
{
	int fd = uh_connected(), copy = dup(fd), on = 1, idle = 77, value = 0;
	socklen_t length = sizeof(value);

	SAME(setsockopt(copy, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)), 0);
	SAME(setsockopt(copy, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle)), 0);
	SAME(connect(fd, &none, sizeof(none)), 0);
	SAME(getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, &length), 0);
	SAME(value, 1);
	SAME(getsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &value, &length), 0);
	SAME(value, 77);
}

/* Nothing goes out any more. TCP reports once that the connection was reset. */
static void ends_the_connection(void)
{
	int fd = uh_connected();

	uh_talk(fd);
	SAME(connect(fd, &none, sizeof(none)), 0);
	SAME(send(fd, "x", 1, MSG_NOSIGNAL), -1);
	CHECK(errno == ECONNRESET || errno == EPIPE);
}

static void short_address(void)
{
	int fd = uh_connected();

	FAILS(connect(fd, &none, 1), EINVAL);
	uh_talk(fd);
}

static const struct uh_test tests[] = {
    {"disconnect, then connect elsewhere", then_elsewhere, UH_EVERY, 0, 0},
    {"disconnect, then connect there again", then_there_again, UH_EVERY, 0, 0},
    {"connect elsewhere, disconnect, connect", from_elsewhere, UH_EVERY, 0, 0},
    {"disconnect a fresh socket", on_a_fresh_socket, UH_EVERY, 0, 0},
    {"disconnect keeps options and flags", keeps_options, UH_EVERY, 0, 0},
    {"disconnect with copies", copies, UH_EVERY, 0, 0},
    {"disconnect keeps what was bound", keeps_what_was_bound, UH_PLAIN | UH_REPLACED, 0, 0},
    {"disconnect keeps a bound port alone", keeps_a_port, UH_EVERY, 0, 0},
    {"disconnect when the port was taken", port_was_taken, UH_REPLACED, 0, 0},
    {"disconnect keeps options of a copy", keeps_options_of_copies, UH_PLAIN | UH_REPLACED, 0,
     0},
    {"disconnect ends the connection", ends_the_connection, UH_EVERY, 0, 0},
    {"disconnect with a short address", short_address, UH_EVERY, 0, 0},
};

UH_SUITE(tests, NULL);

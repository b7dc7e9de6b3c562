/* SPDX-License-Identifier: MIT */
/* refuse.c: a route to "refuse" lets nothing out, and leaves the socket as it is. */
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include "harness.h"

enum { REFUSED = 1130, PASSED = 1101 };

/* The socket is neither connected nor bound, and connects to a port without a route. */
static void is_usable(int fd)
{
	struct uh_peer own = uh_sockname(fd), said;
	socklen_t length = sizeof(said.storage);
	int error = -1;
	socklen_t size = sizeof(error);

	SAME(uh_port_of(&own), 0);
	FAILS(getpeername(fd, &said.address, &length), ENOTCONN);
	SAME(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size), 0);
	SAME(error, 0);
	uh_connect_port(fd, PASSED);
	TEXT(uh_who(fd), "decoy");
	close(fd);
}

static void streams(void)
{
	struct uh_peer peer = uh_public_port(REFUSED);

	for (int flags = 0; flags <= SOCK_NONBLOCK; flags += SOCK_NONBLOCK) {
		int fd = uh_socket(flags), before = uh_count_descriptors();

		FAILS(connect(fd, &peer.address, peer.length), ECONNREFUSED);
		FAILS(connect(fd, &peer.address, peer.length), ECONNREFUSED);
		SAME(uh_count_descriptors(), before);
		is_usable(fd);
	}
}

/* Nothing is sent, so that the datagram socket has no port yet. */
static void datagrams(void)
{
	struct uh_peer peer = uh_public_port(REFUSED), said;
	socklen_t length = sizeof(said.storage);
	int fd = socket(uh_family, SOCK_DGRAM, 0);

	FAILS(connect(fd, &peer.address, peer.length), EPERM);
	said = uh_sockname(fd);
	SAME(uh_port_of(&said), 0);
	FAILS(getpeername(fd, &said.address, &length), ENOTCONN);
	peer = uh_public_port(PASSED);
	SAME(connect(fd, &peer.address, peer.length), 0);
	close(fd);
}

static void fast_open(void)
{
	struct uh_peer peer = uh_public_port(REFUSED);
	int fd = uh_socket(0), one = 1;

	FAILS(sendto(fd, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, &peer.address, peer.length),
	      ECONNREFUSED);
	is_usable(fd);
	fd = uh_socket(0);
	SAME(setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &one, sizeof(one)), 0);
	FAILS(connect(fd, &peer.address, peer.length), ECONNREFUSED);
	is_usable(fd);
}

/* A wider route leads to a server; only the exception is refused. */
static void exception(void)
{
	struct uh_peer peer = uh_public_port(1132);
	int fd = uh_socket(0);

	uh_connect_port(fd, 1131);
	TEXT(uh_who(fd), "hit");
	fd = uh_socket(0);
	FAILS(connect(fd, &peer.address, peer.length), ECONNREFUSED);
	uh_connect_port(fd, 1133);
	TEXT(uh_who(fd), "hit");
}

static void logged(void)
{
	struct uh_peer peer = uh_public_port(REFUSED);

	uh_log_open();
	FAILS(connect(uh_socket(0), &peer.address, peer.length), ECONNREFUSED);
	uh_log_was_written(":1130 is refused (");
}

static const struct uh_test tests[] = {
    {"streams", streams, UH_PRELOADED, 0, 0},
    {"streams, compiled", streams, UH_PRELOADED, uh_compile, 0},
    {"datagrams", datagrams, UH_PRELOADED, 0, 0},
    {"Fast Open", fast_open, UH_PRELOADED, 0, 0},
    {"an exception in a wider route", exception, UH_PRELOADED, 0, 0},
    {"in the log", logged, UH_PRELOADED, uh_log_to_file, 0},
};

/* clang-format off */
#define ROUTES(public) \
	"route \"" public ":1130\" { to = \"refuse\" protocol = \"any\" }\n" \
	"route \"" public ":1131-1133\" { to = \"unix:$DIR/hit.sock\" }\n" \
	"route \"" public ":1132\" { to = \"refuse\" }\n"
/* clang-format on */

UH_SUITE(tests, ROUTES("203.0.113.1") ROUTES("[2001:db8::1]"));

/* SPDX-License-Identifier: MIT */
/* udp.c: connected UDP goes to an IP target, never to a Unix socket. */
#include <netinet/in.h>
#include <linux/udp.h>
#include <poll.h>

#include "harness.h"

static int new_socket(void)
{
	int fd = socket(uh_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0);
	return fd;
}

static int connected(void)
{
	struct uh_peer peer = uh_public();
	int fd = new_socket();

	SAME(connect(fd, &peer.address, peer.length), 0);
	return fd;
}

static void answers(int fd, const char *wanted)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	char text[64] = "";

	SAME(send(fd, "x\n", 2, 0), 2);
	SAME(poll(&wait, 1, 10000), 1);
	CHECK(recv(fd, text, sizeof(text) - 1, 0) > 0);
	TEXT(text, wanted);
}

static void talks(void)
{
	struct uh_peer asked = uh_public(), said;
	int fd = connected();

	answers(fd, "hit x\n");
	said = uh_peername(fd);
	CHECK(uh_peers_equal(&said, &asked));
	said = uh_sockname(fd);
	SAME(said.address.sa_family, uh_family);
	CHECK(uh_port_of(&said) != 0);
}

/* A route to a Unix socket is for streams only. */
static void not_to_unix(void)
{
	struct uh_peer asked = uh_public(), said;
	int fd = connected(), value;
	socklen_t length = sizeof(value);

	answers(fd, "decoy x\n");
	said = uh_peername(fd);
	CHECK(uh_peers_equal(&said, &asked));
	SAME(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &length), 0);
	SAME(value, SOCK_DGRAM);
}

static void kind(void)
{
	int fd = connected(), value;
	socklen_t length = sizeof(value);

	SAME(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &length), 0);
	SAME(value, uh_family);
	SAME(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &length), 0);
	SAME(value, SOCK_DGRAM);
	SAME(getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &value, &length), 0);
	SAME(value, IPPROTO_UDP);
}

/* Unlike a stream, a datagram socket may connect again, and the last one counts. */
static void connects_again(void)
{
	struct uh_peer plain = uh_public_port(UH_PORT_PLAIN), asked = uh_public(), said;
	int fd = connected();

	answers(fd, "hit x\n");
	SAME(connect(fd, &plain.address, plain.length), 0);
	said = uh_peername(fd);
	CHECK(uh_peers_equal(&said, &plain));
	answers(fd, "hit x\n");
	SAME(connect(fd, &asked.address, asked.length), 0);
	said = uh_peername(fd);
	CHECK(uh_peers_equal(&said, &asked));
	answers(fd, "hit x\n");
}

static void disconnects(void)
{
	struct uh_peer name = {.length = sizeof(name.storage)};
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	int fd = connected();

	SAME(connect(fd, &none, sizeof(none)), 0);
	FAILS(getpeername(fd, &name.address, &name.length), ENOTCONN);
	FAILS(send(fd, "x", 1, 0), EDESTADDRREQ);
	name = uh_public();
	SAME(connect(fd, &name.address, name.length), 0);
	answers(fd, "hit x\n");
}

/* getaddrinfo(3) sorts addresses this way: connect a datagram socket, read the source. */
static void source_address(void)
{
	struct uh_peer peer = uh_public_port(9), said;
	int fd = new_socket();

	SAME(connect(fd, &peer.address, peer.length), 0);
	said = uh_sockname(fd);
	SAME(said.address.sa_family, uh_family);
}

/* Also where the socket is of the other family then. */
static void keeps_options(void)
{
	struct uh_peer peer = uh_public();
	int fd = new_socket(), size = 1200, broadcast = 1;
	socklen_t length = sizeof(size);

	SAME(setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof(size)), 0);
	SAME(setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &broadcast, sizeof(broadcast)), 0);
	SAME(connect(fd, &peer.address, peer.length), 0);
	size = broadcast = 0;
	SAME(getsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, &length), 0);
	SAME(size, 1200);
	SAME(getsockopt(fd, SOL_SOCKET, SO_BROADCAST, &broadcast, &length), 0);
	SAME(broadcast, 1);
	answers(fd, "hit x\n");
}

/* No route is for this port; datagrams.c has the others. */
static void unconnected(void)
{
	struct uh_peer peer = uh_public_port(UH_PORT_PLAIN),
		       from = {.length = sizeof(from.storage)};
	int fd = new_socket();
	char text[64] = "";

	SAME(sendto(fd, "x\n", 2, 0, &peer.address, peer.length), 2);
	CHECK(recvfrom(fd, text, sizeof(text) - 1, 0, &from.address, &from.length) > 0);
	TEXT(text, "hit x\n");
	CHECK(uh_peers_equal(&from, &peer));
}

#define IP_MODES (UH_PLAIN | UH_IP | UH_OTHER)

static const struct uh_test tests[] = {
    {"connected UDP", talks, IP_MODES, 0, 0},
    {"connected UDP where the route is to a Unix socket", not_to_unix, UH_REPLACED, 0, 0},
    {"connected UDP's kind", kind, UH_EVERY, 0, 0},
    {"connected UDP connects again", connects_again, IP_MODES, 0, 0},
    {"connected UDP disconnects", disconnects, IP_MODES, 0, 0},
    {"connected UDP keeps options", keeps_options, IP_MODES, 0, 0},
    {"UDP source address", source_address, UH_EVERY, 0, 0},
    {"UDP without connect", unconnected, UH_EVERY, 0, 0},
};

UH_SUITE(tests, NULL);

/* SPDX-License-Identifier: MIT */
/*
 * proxy_protocol.c: the header comes first on a connection to a Unix target, and says what the
 * program itself is told of its socket's name.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/epoll.h>

#include "harness.h"

/* A connected socket of the program's, what the service has, and what the header has to say. */
struct both {
	int client, service;
	struct uh_peer from, to;
};

static int listener;

static void begin(void)
{
	listener = uh_unix_listener("proxy.sock", 16);
}

static struct both meet(int fd, const struct uh_peer *to)
{
	struct both both = {.client = fd, .to = *to};

	SAME(uh_try(fd, to), 0);
	both.service = accept(listener, NULL, NULL);
	CHECK(both.service >= 0);
	both.from = uh_sockname(fd);
	return both;
}

/* Both ways, after the header: nothing else was put there, and nothing is missing. */
static void talk(const struct both *both)
{
	char byte;

	SAME(send(both->client, "ping\n", 5, MSG_NOSIGNAL), 5);
	uh_expect(both->service, "ping\n");
	SAME(send(both->service, "pong\n", 5, MSG_NOSIGNAL), 5);
	uh_expect(both->client, "pong\n");
	SAME(recv(both->service, &byte, 1, MSG_DONTWAIT), -1);
	close(both->client);
	SAME(recv(both->service, &byte, 1, 0), 0);
	close(both->service);
}

static const char *text_of(const struct uh_peer *peer, char *text)
{
	const struct sockaddr_in6 *v6 = (const void *)&peer->storage;
	const struct sockaddr_in *v4 = (const void *)&peer->storage;

	if (peer->address.sa_family == AF_INET)
		inet_ntop(AF_INET, &v4->sin_addr, text, INET6_ADDRSTRLEN);
	else if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
		inet_ntop(AF_INET, v6->sin6_addr.s6_addr + 12, text, INET6_ADDRSTRLEN);
	else
		inet_ntop(AF_INET6, &v6->sin6_addr, text, INET6_ADDRSTRLEN);
	return text;
}

static void expect_line(const struct both *both)
{
	char from[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN], line[128];

	text_of(&both->to, to);
	snprintf(line, sizeof(line), "PROXY TCP%d %s %s %u %u\r\n", strchr(to, ':') ? 6 : 4,
		 text_of(&both->from, from), to, uh_port_of(&both->from),
		 uh_port_of(&both->to));
	uh_expect(both->service, line);
}

static void v1(int flags)
{
	struct uh_peer to = uh_public_port(1101);

	begin();
	for (int i = 0; i < 3; i++) {
		struct both both = meet(uh_socket(flags), &to);

		CHECK(uh_port_of(&both.from) != 0);
		expect_line(&both);
		talk(&both);
	}
}

static void v1_blocking(void)
{
	v1(0);
}

static void v1_nonblocking(void)
{
	v1(SOCK_NONBLOCK);
}

static void v1_bound(void)
{
	struct uh_peer to = uh_public_port(1101);
	struct uh_peer own = uh_peer(uh_family == AF_INET ? "127.0.0.3" : "::1", 4321);
	struct both both;
	int fd = uh_socket(0);

	begin();
	SAME(bind(fd, &own.address, own.length), 0);
	both = meet(fd, &to);
	CHECK(uh_peers_equal(&both.from, &own));
	expect_line(&both);
	talk(&both);
}

static void v1_mapped(void)
{
	struct uh_peer to = uh_peer("::ffff:203.0.113.1", 1101);
	struct both both;

	begin();
	both = meet(uh_socket(0), &to);
	SAME(both.from.address.sa_family, AF_INET6);
	expect_line(&both);
	talk(&both);
}

static void expect_16(int fd, unsigned value)
{
	unsigned char bytes[2];

	SAME(recv(fd, bytes, 2, MSG_WAITALL), 2);
	SAME(bytes[0] << 8 | bytes[1], value);
}

static void expect_bytes(int fd, const void *bytes, size_t size)
{
	char got[64];

	SAME(recv(fd, got, size, MSG_WAITALL), (long long)size);
	SAME(memcmp(got, bytes, size), 0);
}

static void expect_number(int fd, unsigned char type, uint32_t number)
{
	expect_bytes(fd, (unsigned char[]){type, 0, 4}, 3);
	number = htonl(number);
	expect_bytes(fd, &number, 4);
}

static void expect_address(int fd, const struct uh_peer *peer)
{
	const struct sockaddr_in6 *v6 = (const void *)&peer->storage;
	const struct sockaddr_in *v4 = (const void *)&peer->storage;

	if (peer->address.sa_family == AF_INET)
		expect_bytes(fd, &v4->sin_addr, 4);
	else
		expect_bytes(fd, &v6->sin6_addr, 16);
}

static void expect_header(const struct both *both)
{
	bool v4 = uh_family == AF_INET;

	expect_bytes(both->service, "\r\n\r\n\0\r\nQUIT\n\x21", 13);
	expect_bytes(both->service, v4 ? "\x11" : "\x21", 1);
	expect_16(both->service, v4 ? 12 + 14 : 36 + 14);
	expect_address(both->service, &both->from);
	expect_address(both->service, &both->to);
	expect_16(both->service, uh_port_of(&both->from));
	expect_16(both->service, uh_port_of(&both->to));
	expect_number(both->service, 0xe0, (uint32_t)getpid());
	expect_number(both->service, 0xe1, geteuid());
}

static void meet_v2(void)
{
	struct uh_peer to = uh_public_port(1102);

	for (int i = 0; i < 3; i++) {
		struct both both = meet(uh_socket(i & 1 ? SOCK_NONBLOCK : 0), &to);

		expect_header(&both);
		talk(&both);
	}
}

static void v2(void)
{
	begin();
	meet_v2();
}

static void v2_of_child(int unused)
{
	(void)unused;
	if (seteuid(65534) < 0)
		uh_skip("not permitted to change the user");
	meet_v2();
}

/* Each process tells its own number, and the user that it has when it connects. */
static void v2_forked(void)
{
	begin();
	uh_in_child(v2_of_child, 0);
}

/* Data that goes with the opening follows the header. */
static void fast_open(void)
{
	struct uh_peer to = uh_public_port(1101);
	struct both both = {.client = uh_socket(0), .to = to};

	begin();
	SAME(sendto(both.client, "early\n", 6, MSG_FASTOPEN, &to.address, to.length), 6);
	both.service = accept(listener, NULL, NULL);
	both.from = uh_sockname(both.client);
	expect_line(&both);
	uh_expect(both.service, "early\n");
	talk(&both);
}

static void in_an_epoll_set(void)
{
	struct uh_peer to = uh_public_port(1102);
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = 7};
	int set = epoll_create1(EPOLL_CLOEXEC), fd = uh_socket(SOCK_NONBLOCK);
	struct both both;

	begin();
	SAME(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), 0);
	both = meet(fd, &to);
	expect_header(&both);
	SAME(send(both.service, "pong\n", 5, MSG_NOSIGNAL), 5);
	SAME(epoll_wait(set, &event, 1, 10000), 1);
	SAME(event.data.u64, 7);
	uh_expect(fd, "pong\n");
	talk(&both);
}

/* Where no target answers nothing is sent to where the program asked. */
static void original(void)
{
	int fd = uh_socket(0);

	uh_connect_port(fd, 1103);
	TEXT(uh_who(fd), "decoy");
}

static const struct uh_test tests[] = {
    {"v1", v1_blocking, UH_PRELOADED, 0, 0},
    {"v1, non-blocking", v1_nonblocking, UH_PRELOADED, 0, 0},
    {"v1, bound", v1_bound, UH_PRELOADED, 0, 0},
    {"v1, v4-mapped", v1_mapped, UH_PRELOADED | UH_V6, 0, 0},
    {"v2", v2, UH_PRELOADED, 0, 0},
    {"v2, forked and of another user", v2_forked, UH_PRELOADED, 0, 0},
    {"PROXY and MSG_FASTOPEN", fast_open, UH_PRELOADED, 0, 0},
    {"PROXY and epoll", in_an_epoll_set, UH_PRELOADED, 0, 0},
    {"no PROXY header to the original destination", original, UH_PRELOADED, 0, 0},
};

/* clang-format off */
#define ROUTES(public) \
	"route \"" public ":1101\" { to = \"unix:$DIR/proxy.sock\" proxy_protocol = v1 }\n" \
	"route \"" public ":1102\" { to = \"unix:$DIR/proxy.sock\" proxy_protocol = v2 }\n" \
	"route \"" public ":1103\" { to = \"unix:$DIR/nobody.sock\" proxy_protocol = v1 }\n"
/* clang-format on */

UH_SUITE(tests, ROUTES("203.0.113.1") ROUTES("[2001:db8::1]"));

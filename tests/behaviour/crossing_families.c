/* SPDX-License-Identifier: MIT */
/*
 * crossing_families.c: IPv4 routes for IPv6 sockets (Java, Node), and targets of the other
 * family.
 */
#include <netinet/in.h>

#include "harness.h"

/* The public IPv4 address as an IPv6 socket writes it, at the port of this mode. */
static struct uh_peer mapped(void)
{
	struct uh_peer peer = uh_public();

	return uh_peer("::ffff:203.0.113.1", uh_port_of(&peer));
}

static void is_mapped(int fd)
{
	struct uh_peer asked = mapped(), said = uh_peername(fd);
	int value;
	socklen_t length = sizeof(value);

	CHECK(uh_peers_equal(&said, &asked));
	said = uh_sockname(fd);
	/* glibc's own resolver asserts that both names are of the socket's family. */
	SAME(said.address.sa_family, AF_INET6);
	CHECK(IN6_IS_ADDR_V4MAPPED(&((struct sockaddr_in6 *)&said.storage)->sin6_addr) ||
	      uh_in(UH_OTHER));
	SAME(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &length), 0);
	SAME(value, AF_INET6);
	uh_talk(fd);
}

static void mapped_destination(void)
{
	struct uh_peer peer = mapped();
	int fd = uh_socket(0), other = uh_socket(SOCK_NONBLOCK);

	SAME(uh_try(fd, &peer), 0);
	is_mapped(fd);
	SAME(uh_try(other, &peer), 0);
	is_mapped(other);
}

static void mapped_with_fast_open(void)
{
	struct uh_peer peer = mapped();
	int fd = uh_socket(0);

	SAME(sendto(fd, "x\n", 2, MSG_FASTOPEN | MSG_NOSIGNAL, &peer.address, peer.length), 2);
	uh_expect(fd, "hit x\n");
	is_mapped(fd);
}

/* TCP options go by the socket's family, not by the target's. */
static void options(void)
{
	struct uh_peer peer = mapped();
	int fd = uh_socket(0), value = 0x20;
	socklen_t length = sizeof(value);

	SAME(uh_try(fd, &peer), 0);
	SAME(setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &value, sizeof(value)), 0);
	value = 0;
	SAME(getsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &value, &length), 0);
	SAME(value, 0x20);
	SAME(getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &value, &length), 0);
	SAME(value, 0);
}

/*
 * With IPV6_V6ONLY the kernel refuses IPv4; the contract lets a route lead there nevertheless.
 */
static void only_v6_to_mapped(void)
{
	struct uh_peer peer = mapped();
	int fd = uh_socket(0), one = 1;

	SAME(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)), 0);
	FAILS(connect(fd, &peer.address, peer.length), ENETUNREACH);
}

/* A v4 target for a V6ONLY socket: the socket is replaced, and looks as if it were not. */
static void only_v6_to_v4_target(void)
{
	struct uh_peer asked = uh_public(), said;
	int fd = uh_socket(SOCK_CLOEXEC), value = 1;
	socklen_t length = sizeof(value);

	SAME(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &value, sizeof(value)), 0);
	uh_connect(fd);
	uh_talk(fd);
	said = uh_peername(fd);
	CHECK(uh_peers_equal(&said, &asked));
	said = uh_sockname(fd);
	SAME(said.address.sa_family, AF_INET6);
	SAME(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &length), 0);
	SAME(value, AF_INET6);
	SAME(getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &value, &length), 0);
	SAME(value, 1);
}

/* A bound IPv6 socket of any address still reaches IPv4. */
static void bound_to_any(void)
{
	struct uh_peer any = uh_peer("::", 0), peer = mapped(), before, after;
	int fd = uh_socket(0);

	SAME(bind(fd, &any.address, any.length), 0);
	before = uh_sockname(fd);
	SAME(uh_try(fd, &peer), 0);
	after = uh_sockname(fd);
	SAME(uh_port_of(&after), uh_port_of(&before));
	uh_talk(fd);
}

/*
 * A target of the other family refuses first. tcp_v6_connect() makes a socket an IPv4 one for
 * good when it is given a mapped address, so that an IPv6 address on it later would never be
 * answered.
 */
static void after_a_refusal(uint16_t port, const char *who)
{
	int fd = uh_socket(0), other = uh_socket(SOCK_NONBLOCK);
	struct uh_peer asked = uh_public_port(port), said;

	uh_connect_port(fd, port);
	TEXT(uh_who(fd), who);
	said = uh_peername(fd);
	CHECK(uh_peers_equal(&said, &asked));
	uh_connect_port(other, port);
	TEXT(uh_who(other), who);
}

static void next_target(void)
{
	after_a_refusal(1101, "hit");
}

static void next_target_back(void)
{
	after_a_refusal(1102, "hit");
}

static void original(void)
{
	after_a_refusal(1103, "decoy");
}

/* The same where the program asks in mapped form: the first target is, the second isn't. */
static void next_target_mapped(void)
{
	struct uh_peer peer = uh_peer("::ffff:203.0.113.1", 1102), said;
	int fd = uh_socket(0), other = uh_socket(SOCK_NONBLOCK);

	SAME(uh_try(fd, &peer), 0);
	said = uh_peername(fd);
	CHECK(uh_peers_equal(&said, &peer));
	uh_talk(fd);
	SAME(uh_try(other, &peer), 0);
	uh_talk(other);
}

static const struct uh_test tests[] = {
    {"a v4-mapped destination", mapped_destination, UH_EVERY | UH_V6, 0, 0},
    {"a v4-mapped destination with MSG_FASTOPEN", mapped_with_fast_open, UH_EVERY | UH_V6, 0,
     0},
    {"options of a v4-mapped connection", options, UH_EVERY | UH_V6, 0, 0},
    {"IPV6_V6ONLY and a v4-mapped destination", only_v6_to_mapped, UH_PLAIN | UH_V6, 0, 0},
    {"IPV6_V6ONLY and a target of the other family", only_v6_to_v4_target, UH_EVERY | UH_V6, 0,
     0},
    {"a bound socket and a v4-mapped destination", bound_to_any, UH_EVERY | UH_V6, 0, 0},
    {"refused by the other family, then by none", next_target, UH_PRELOADED, 0, 0},
    {"refused by its own family, then by none", next_target_back, UH_PRELOADED, 0, 0},
    {"refused in mapped form, then by none", next_target_mapped, UH_PRELOADED | UH_V6, 0, 0},
    {"refused by the other family, then the original", original, UH_PRELOADED, 0, 0},
};

/* clang-format off */
#define ROUTES(public, dead_own, alive_own, dead_other, alive_other) \
	"route \"" public ":1101\" { to = {\"" dead_other "\", \"" alive_own "\"} }\n" \
	"route \"" public ":1102\" { to = {\"" dead_own "\", \"" alive_other "\"} }\n" \
	"route \"" public ":1103\" { to = \"" dead_other "\" }\n"
/* clang-format on */

UH_SUITE(tests, ROUTES("203.0.113.1", "127.0.0.2:7999", "127.0.0.2:7000", "[::1]:7999",
		       "[::1]:7000") ROUTES("[2001:db8::1]", "[::1]:7999", "[::1]:7000",
					    "127.0.0.2:7999", "127.0.0.2:7000"));

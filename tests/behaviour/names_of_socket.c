/* SPDX-License-Identifier: MIT */
/* names_of_socket.c: getpeername and getsockname say what they would without us. */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/resource.h>

#include "harness.h"

typedef int name_function(int, struct sockaddr *, socklen_t *);

static socklen_t full_length(void)
{
	return uh_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

/*
 * The host's own source address for the public one, as routing gives it to a datagram socket.
 */
static struct uh_peer source(void)
{
	struct uh_peer peer = uh_public_port(9), own;
	int fd = socket(uh_family, SOCK_DGRAM, 0);

	SAME(connect(fd, &peer.address, peer.length), 0);
	own = uh_sockname(fd);
	close(fd);
	return own;
}

static void peer_is_what_was_asked_for(void)
{
	struct uh_peer asked = uh_public(), said;
	int fd = uh_connected();

	for (int i = 0; i < 3; i++) {
		said = uh_peername(fd);
		CHECK(uh_peers_equal(&said, &asked));
	}
	uh_talk(fd);
	said = uh_peername(fd);
	CHECK(uh_peers_equal(&said, &asked));
}

static void peer_by_option(void)
{
	struct uh_peer asked = uh_public(), said = {.length = full_length()};
	struct sockaddr_storage more;
	socklen_t length = full_length() + 1;
	char two[3] = "..";
	int fd = uh_socket(0);

	FAILS(getsockopt(fd, SOL_SOCKET, SO_PEERNAME, &said.storage, &said.length), ENOTCONN);
	uh_connect(fd);
	SAME(getsockopt(fd, SOL_SOCKET, SO_PEERNAME, &said.storage, &said.length), 0);
	SAME(said.length, full_length());
	CHECK(uh_peers_equal(&said, &asked));
	FAILS(getsockopt(fd, SOL_SOCKET, SO_PEERNAME, &more, &length), EINVAL);
	length = (socklen_t)-1;
	FAILS(getsockopt(fd, SOL_SOCKET, SO_PEERNAME, &more, &length), EINVAL);
	length = 2;
	SAME(getsockopt(fd, SOL_SOCKET, SO_PEERNAME, two, &length), 0);
	SAME(length, 2);
	SAME(memcmp(two, &asked.address, 2), 0);
	SAME(two[2], 0);
	FAILS(getsockopt(fd, SOL_SOCKET, SO_PEERNAME, NULL, &length), EFAULT);
	FAILS(getsockopt(fd, SOL_SOCKET, SO_PEERNAME, two, NULL), EFAULT);
	uh_talk(fd);
}

/* sin_zero is what a program may compare with memcmp: the kernel clears it. */
static void peer_is_clean(void)
{
	struct sockaddr_in name;
	socklen_t length = sizeof(name);
	int fd = uh_connected();

	memset(&name, 0xaa, sizeof(name));
	SAME(getpeername(fd, (struct sockaddr *)&name, &length), 0);
	SAME(length, sizeof(name));
	SAME(memcmp(name.sin_zero, "\0\0\0\0\0\0\0", 8), 0);
	memset(&name, 0xaa, sizeof(name));
	SAME(getsockname(fd, (struct sockaddr *)&name, &length), 0);
	SAME(memcmp(name.sin_zero, "\0\0\0\0\0\0\0", 8), 0);
}

static void own_name_is_stable(void)
{
	int fd = uh_connected();
	struct uh_peer first = uh_sockname(fd), again;

	SAME(first.length, full_length());
	SAME(first.address.sa_family, uh_family);
	CHECK(uh_port_of(&first) != 0);
	uh_talk(fd);
	again = uh_sockname(fd);
	CHECK(uh_peers_equal(&first, &again));
}

/* Not to an IP target: there the kernel's own name is the right one. */
static void own_address_is_the_source(void)
{
	struct uh_peer own = uh_sockname(uh_connected()), expected = source();
	struct sockaddr_in *port = (struct sockaddr_in *)&expected.storage;

	port->sin_port = htons(uh_port_of(&own));
	CHECK(uh_peers_equal(&own, &expected));
}

static void before_connect(void)
{
	struct uh_peer name = {.length = sizeof(name.storage)};
	int fd = uh_socket(0);

	FAILS(getpeername(fd, &name.address, &name.length), ENOTCONN);
	name = uh_sockname(fd);
	SAME(name.address.sa_family, uh_family);
	SAME(uh_port_of(&name), 0);
}

/* Copies what fits, says how much there was, touches nothing behind it. */
static void short_buffer(name_function *get)
{
	unsigned char buffer[64], whole[64];
	socklen_t length = sizeof(whole);
	int fd = uh_connected();

	SAME(get(fd, (struct sockaddr *)whole, &length), 0);
	for (socklen_t size = 0; size <= full_length() + 4; size++) {
		memset(buffer, 0xa5, sizeof(buffer));
		length = size;
		SAME(get(fd, (struct sockaddr *)buffer, &length), 0);
		SAME(length, full_length());
		socklen_t copied = size < full_length() ? size : full_length();
		SAME(memcmp(buffer, whole, copied), 0);
		for (size_t i = copied; i < sizeof(buffer); i++)
			SAME(buffer[i], 0xa5);
	}
}

static void short_buffers(void)
{
	short_buffer(getpeername);
	short_buffer(getsockname);
}

static void bad_pointers_to(name_function *get)
{
	struct sockaddr_storage name;
	struct sockaddr *there = (struct sockaddr *)&name;
	socklen_t length = (socklen_t)-1, *volatile nowhere = NULL;
	struct sockaddr *volatile null = NULL;
	int fd = uh_connected();

	FAILS(get(fd, there, &length), EINVAL);
	length = sizeof(name);
	FAILS(get(fd, null, &length), EFAULT);
	FAILS(get(fd, (struct sockaddr *)-1, &length), EFAULT);
	FAILS(get(fd, there, nowhere), EFAULT);
	FAILS(get(fd, there, (socklen_t *)1), EFAULT);
	length = 0;
	SAME(get(fd, null, &length), 0);
	SAME(length, full_length());
}

static void bad_pointers(void)
{
	bad_pointers_to(getpeername);
	bad_pointers_to(getsockname);
}

/* Port 0 in bind(): the kernel chose it at bind time, and the program may have told others. */
static void bound(const char *address)
{
	struct uh_peer want = uh_peer(address, 0), before, after;
	int fd = uh_socket(0);

	SAME(bind(fd, &want.address, want.length), 0);
	before = uh_sockname(fd);
	CHECK(uh_port_of(&before) != 0);
	uh_connect(fd);
	after = uh_sockname(fd);
	SAME(uh_port_of(&after), uh_port_of(&before));
	uh_talk(fd);
}

static void bound_to_any(void)
{
	bound(uh_family == AF_INET ? "0.0.0.0" : "::");
}

static void bound_to_address(void)
{
	struct uh_peer want = uh_public_port(5555), after;
	int fd = uh_socket(0), one = 1;

	SAME(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)), 0);
	SAME(bind(fd, &want.address, want.length), 0);
	uh_connect(fd);
	after = uh_sockname(fd);
	CHECK(uh_peers_equal(&want, &after));
	uh_talk(fd);
}

/* The port stays unchosen until connect(): afterwards there must be one. */
static void bound_without_port(void)
{
	struct uh_peer want = uh_public_port(0), after;
	int fd = uh_socket(0), one = 1;

	SAME(setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one)), 0);
	SAME(bind(fd, &want.address, want.length), 0);
	uh_connect(fd);
	after = uh_sockname(fd);
	SAME(after.address.sa_family, uh_family);
	CHECK(uh_port_of(&after) != 0);
	((struct sockaddr_in *)&want.storage)->sin_port = htons(uh_port_of(&after));
	CHECK(uh_peers_equal(&want, &after));
	uh_talk(fd);
}

static void bound_to_device(void)
{
	int fd = uh_socket(0);
	char name[IFNAMSIZ];
	socklen_t length = sizeof(name);

	SAME(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3), 0);
	uh_connect(fd);
	uh_talk(fd);
	SAME(getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &length), 0);
	TEXT(name, "lo");
}

/* The scope of a link-local address is part of the name. */
static void with_scope(void)
{
	struct uh_peer peer = uh_peer("fe80::1", uh_in(UH_UNIX) ? 1001 : UH_PORT_PLAIN), said;
	int fd = uh_socket(0);

	((struct sockaddr_in6 *)&peer.storage)->sin6_scope_id = if_nametoindex("lo");
	SAME(uh_try(fd, &peer), 0);
	uh_talk(fd);
	said = uh_peername(fd);
	CHECK(uh_peers_equal(&said, &peer));
}

/* Whoever connects to the unspecified address is told that he reached the loopback one. */
static struct uh_peer this_host(const char *address)
{
	return uh_peer(address, uh_in(UH_UNIX) ? 1111 : uh_in(UH_IP) ? 1112 : UH_PORT_PLAIN);
}

static void unspecified_is_this_host(void)
{
	struct uh_peer asked = this_host(uh_family == AF_INET ? "0.0.0.0" : "::"), said;
	struct uh_peer meant = this_host(uh_family == AF_INET ? "127.0.0.1" : "::1");
	int fd = uh_socket(0);

	SAME(uh_try(fd, &asked), 0);
	uh_talk(fd);
	said = uh_peername(fd);
	CHECK(uh_peers_equal(&said, &meant));
}

/* Or the one that he is bound to himself. */
static void unspecified_is_the_bound_one(void)
{
	struct uh_peer asked = this_host("0.0.0.0"), meant = this_host("203.0.113.1"), said;
	struct uh_peer own = uh_public_port(0);
	int fd = uh_socket(0);

	SAME(bind(fd, &own.address, own.length), 0);
	SAME(uh_try(fd, &asked), 0);
	uh_talk(fd);
	said = uh_peername(fd);
	CHECK(uh_peers_equal(&said, &meant));
}

static void after_the_end(void)
{
	struct uh_peer asked = uh_public(), said;
	int fd = uh_connected();
	char byte;

	SAME(send(fd, "bye\n", 4, MSG_NOSIGNAL), 4);
	uh_expect(fd, "hit bye\n");
	SAME(read(fd, &byte, 1), 0);
	said = uh_peername(fd);
	CHECK(uh_peers_equal(&said, &asked));
}

static void allow_descriptors(rlim_t count)
{
	struct rlimit limit = {count, count};

	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		uh_skip("not permitted to open so many descriptors");
}

/* More than any fixed table would be made for. */
static void many_at_once(void)
{
	static int fd[6000];
	struct uh_peer asked = uh_public(), said;

	allow_descriptors(10000);
	for (int i = 0; i < 6000; i++)
		fd[i] = uh_connected();
	for (int i = 5999; i >= 0; i--) {
		said = uh_peername(fd[i]);
		CHECK(uh_peers_equal(&said, &asked));
	}
}

static void high_numbers(void)
{
	const int numbers[] = {1023, 1024, 4095, 4096, 16383, 16384};
	struct uh_peer asked = uh_public(), said, own;

	allow_descriptors(17000);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		int fd = numbers[i], low = uh_socket(0);

		SAME(dup2(low, fd), fd);
		close(low);
		uh_connect(fd);
		said = uh_peername(fd);
		CHECK(uh_peers_equal(&said, &asked));
		own = uh_sockname(fd);
		said = uh_sockname(fd);
		CHECK(uh_peers_equal(&said, &own));
		uh_talk(fd);
	}
}

/*
 * IP_BIND_ADDRESS_NO_PORT and an IPv6 source do not go with an IPv4 target: not asserted there.
 */
/* It has a name: whatever address is as good as another, if it is one. */
static void bind_again(void)
{
	struct uh_peer any = uh_peer(uh_family == AF_INET ? "0.0.0.0" : "::", 0),
		       foreign =
			   uh_peer(uh_family == AF_INET ? "198.51.100.1" : "2001:db8:1::1", 0),
		       other = uh_peer(uh_family == AF_INET ? "::" : "0.0.0.0", 0);
	const struct sockaddr unix_name = {.sa_family = AF_UNIX};
	int fd = uh_connected(), wanted = uh_family == AF_INET ? EAFNOSUPPORT : EINVAL;

	FAILS(bind(fd, &any.address, any.length), EINVAL);
	FAILS(bind(fd, &foreign.address, foreign.length),
	      uh_family == AF_INET ? EADDRNOTAVAIL : EINVAL);
	FAILS(bind(fd, &other.address, other.length), wanted);
	FAILS(bind(fd, &unix_name, sizeof(sa_family_t)), EINVAL);
	FAILS(bind(fd, (const struct sockaddr *)1, any.length), EFAULT);
	uh_talk(fd);
}

static const struct uh_test tests[] = {
    {"bind after connect", bind_again, UH_EVERY, 0, 0},
    {"getpeername gives the address asked for", peer_is_what_was_asked_for, UH_EVERY, 0, 0},
    {"names have no rubbish in sin_zero", peer_is_clean, UH_EVERY | UH_V4, 0, 0},
    {"SO_PEERNAME gives the address asked for", peer_by_option, UH_EVERY, 0, 0},
    {"getsockname is stable", own_name_is_stable, UH_EVERY, 0, 0},
    {"getsockname gives the source address", own_address_is_the_source, UH_PLAIN | UH_REPLACED,
     0, 0},
    {"names before connect", before_connect, UH_EVERY, 0, 0},
    {"names in short buffers", short_buffers, UH_EVERY, 0, 0},
    {"names with bad pointers", bad_pointers, UH_EVERY, 0, 0},
    {"names after bind to a port", bound_to_any, UH_EVERY, 0, 0},
    {"names after bind to an address", bound_to_address, UH_PLAIN | UH_REPLACED | UH_IP, 0, 0},
    {"names after IP_BIND_ADDRESS_NO_PORT", bound_without_port, UH_PLAIN | UH_REPLACED | UH_IP,
     0, 0},
    {"SO_BINDTODEVICE before connect", bound_to_device, UH_EVERY, 0, 0},
    {"getpeername keeps the scope", with_scope, UH_PLAIN | UH_UNIX | UH_V6, 0, 0},
    {"getpeername after connecting to no address", unspecified_is_this_host,
     UH_PLAIN | UH_UNIX | UH_IP, 0, 0},
    {"getpeername after that from an address", unspecified_is_the_bound_one,
     UH_PLAIN | UH_UNIX | UH_IP | UH_V4, 0, 0},
    {"getpeername after the server closed", after_the_end, UH_EVERY, 0, 0},
    {"names of many sockets", many_at_once, UH_EVERY, 0, 60},
    {"names of high numbers", high_numbers, UH_EVERY, 0, 60},
};

UH_SUITE(tests, "route \"0.0.0.0/0:1111\" { to = \"unix:$DIR/hit.sock\" }\n"
		"route \"[::]/0:1111\" { to = \"unix:$DIR/hit.sock\" }\n"
		"route \"0.0.0.0/0:1112\" { to = \"127.0.0.2:7000\" }\n"
		"route \"[::]/0:1112\" { to = \"[::1]:7000\" }\n");

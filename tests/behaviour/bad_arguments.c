/* SPDX-License-Identifier: MIT */
/*
 * bad_arguments.c: connect() with what a program should not pass fails as it does without us.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/un.h>

#include "harness.h"

enum { PAGE = 65536 }; /* as large as any machine's are, and a multiple of smaller ones */

/* After every failure the same socket still connects. */
static void still_works(int fd)
{
	uh_connect(fd);
	uh_talk(fd);
}

static void descriptors(void)
{
	struct uh_peer peer = uh_public();
	int file = open("/dev/null", O_RDWR | O_CLOEXEC), ends[2];

	SAME(pipe2(ends, O_CLOEXEC), 0);
	FAILS(connect(-1, &peer.address, peer.length), EBADF);
	FAILS(connect(899, &peer.address, peer.length), EBADF);
	FAILS(connect(1 << 30, &peer.address, peer.length), EBADF);
	FAILS(connect(file, &peer.address, peer.length), ENOTSOCK);
	FAILS(connect(ends[0], &peer.address, peer.length), ENOTSOCK);
	FAILS(connect(open(uh_dir, O_PATH | O_CLOEXEC), &peer.address, peer.length), EBADF);
}

/* volatile, or the compiler warns of what is tested here. */
static void pointers(void)
{
	const struct sockaddr *volatile bad[] = {NULL, (void *)1, (void *)-1, (void *)4096};
	socklen_t length = uh_public().length;
	int fd = uh_socket(0);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		FAILS(connect(fd, bad[i], length), EFAULT);
		FAILS(connect(fd, bad[i], 1), EFAULT);
		FAILS(connect(fd, bad[i], 129), EINVAL);
		FAILS(connect(fd, bad[i], 0), EINVAL);
	}
	FAILS(connect(-1, bad[0], length), EBADF);
	still_works(fd);
}

/* The last bytes of a page, with nothing after it: reading one byte too many is a fault. */
static void end_of_memory(void)
{
	struct uh_peer peer = uh_public();
	char *page =
	    mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct sockaddr *last;
	int fd = uh_socket(0);

	CHECK(page != MAP_FAILED);
	SAME(mprotect(page + PAGE, PAGE, PROT_NONE), 0);
	last = (struct sockaddr *)(page + PAGE - peer.length);
	memcpy(last, &peer.storage, peer.length);
	FAILS(connect(fd, (struct sockaddr *)(page + PAGE), peer.length), EFAULT);
	FAILS(connect(fd, last, peer.length + 1), EFAULT);
	FAILS(connect(fd, last, sizeof(struct sockaddr_storage)), EFAULT);
	FAILS(connect(fd, (struct sockaddr *)(page + PAGE - 1), 2), EFAULT);
	SAME(uh_try(fd, &(struct uh_peer){.storage = peer.storage, .length = peer.length}), 0);
	close(fd);
	fd = uh_socket(0);
	SAME(connect(fd, last, peer.length), 0);
	uh_talk(fd);
}

/* The caller's address is const, and may be in memory that cannot be written. */
static void read_only_address(void)
{
	struct uh_peer peer = uh_public();
	void *page =
	    mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = uh_socket(0);

	memcpy(page, &peer.storage, peer.length);
	SAME(mprotect(page, PAGE, PROT_READ), 0);
	SAME(connect(fd, page, peer.length), 0);
	SAME(memcmp(page, &peer.storage, peer.length), 0);
	uh_talk(fd);
}

static void lengths(void)
{
	struct uh_peer peer = uh_public();
	socklen_t least = uh_family == AF_INET ? 16 : 24; /* without sin6_scope_id: RFC 2133 */
	int fd = uh_socket(0);

	for (socklen_t length = 0; length < least; length++)
		FAILS(connect(fd, &peer.address, length), EINVAL);
	FAILS(connect(fd, &peer.address, 129), EINVAL);
	FAILS(connect(fd, &peer.address, (socklen_t)-1), EINVAL);
	FAILS(connect(fd, &peer.address, (socklen_t)1 << 31), EINVAL);
	SAME(connect(fd, &peer.address, least), 0);
	uh_talk(fd);
}

/* As with the whole of a sockaddr_storage, which many programs pass. */
static void longest(void)
{
	struct uh_peer peer = uh_public(), said;
	int fd = uh_socket(0);

	SAME(connect(fd, &peer.address, sizeof(peer.storage)), 0);
	said = uh_peername(fd);
	CHECK(uh_peers_equal(&said, &peer));
	uh_talk(fd);
}

static void families(void)
{
	const sa_family_t garbage[] = {AF_UNIX, AF_NETLINK, 77, 65535};
	struct uh_peer peer = uh_public();
	int fd = uh_socket(0);

	for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
		peer.address.sa_family = garbage[i];
		FAILS(connect(fd, &peer.address, peer.length), EAFNOSUPPORT);
	}
	still_works(fd);
}

/* A routed address of the other family is not one that this socket can reach. */
static void other_family(void)
{
	bool v4 = uh_family == AF_INET;
	struct uh_peer peer = uh_public();
	struct uh_peer other = uh_peer(v4 ? "2001:db8::1" : "203.0.113.1", uh_port_of(&peer));
	int fd = uh_socket(0);

	FAILS(connect(fd, &other.address, other.length), v4 ? EAFNOSUPPORT : EINVAL);
	FAILS(connect(fd, &other.address, 28), EAFNOSUPPORT);
	still_works(fd);
}

static void listening_socket(void)
{
	struct uh_peer peer = uh_public(), client;
	int fd = uh_tcp_listener(uh_family, 6001, 5), other = uh_socket(0);

	FAILS(connect(fd, &peer.address, peer.length), EISCONN);
	client = uh_peer(uh_family == AF_INET ? "127.0.0.1" : "::1", 6001);
	SAME(uh_try(other, &client), 0);
	CHECK(accept(fd, NULL, NULL) >= 0);
}

/* An accepted connection is one, too. */
static void accepted_socket(void)
{
	struct uh_peer peer = uh_public();
	struct uh_peer server = uh_peer(uh_family == AF_INET ? "127.0.0.1" : "::1", 6002);
	int fd = uh_tcp_listener(uh_family, 6002, 5), client = uh_socket(0);

	SAME(uh_try(client, &server), 0);
	FAILS(connect(accept(fd, NULL, NULL), &peer.address, peer.length), EISCONN);
}

static void unix_socket(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	struct uh_peer peer = uh_public(), said;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	FAILS(connect(fd, &peer.address, peer.length), EINVAL);
	memcpy(name.sun_path, uh_path("hit.sock"), strlen(uh_path("hit.sock")));
	SAME(connect(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	uh_talk(fd);
	said = uh_peername(fd);
	SAME(said.address.sa_family, AF_UNIX);
	FAILS(connect(fd, (struct sockaddr *)&name, sizeof(name)), EISCONN);
}

/* What Unix sockets say when they fail belongs to them; nothing is translated there. */
static void unix_errors(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	memcpy(name.sun_path, uh_path("no"), strlen(uh_path("no")));
	FAILS(connect(fd, (struct sockaddr *)&name, sizeof(name)), ENOENT);
	uh_unix_listener("full.sock", 0);
	uh_fill_unix("full.sock");
	memcpy(name.sun_path, uh_path("full.sock"), strlen(uh_path("full.sock")));
	FAILS(connect(fd, (struct sockaddr *)&name, sizeof(name)), EAGAIN);
}

/* Nothing but TCP is asked for by a plain route: other protocols are the kernel's business. */
static void other_protocols(void)
{
	struct uh_peer peer = uh_public();
	int raw = socket(uh_family, SOCK_RAW | SOCK_CLOEXEC, 253);

	if (raw < 0)
		uh_skip("no raw sockets");
	SAME(connect(raw, &peer.address, peer.length), 0);
	struct uh_peer said = uh_peername(raw);
	SAME(said.address.sa_family, uh_family);
}

static const struct uh_test tests[] = {
    {"connect on bad descriptors", descriptors, UH_EVERY, 0, 0},
    {"connect to bad pointers", pointers, UH_EVERY, 0, 0},
    {"connect to an address at the end of memory", end_of_memory, UH_EVERY, 0, 0},
    {"connect to a read-only address", read_only_address, UH_EVERY, 0, 0},
    {"connect with bad lengths", lengths, UH_EVERY, 0, 0},
    {"connect with the longest length", longest, UH_EVERY, 0, 0},
    {"connect to unknown families", families, UH_EVERY, 0, 0},
    {"connect to the other family", other_family, UH_EVERY, 0, 0},
    {"connect on a listening socket", listening_socket, UH_EVERY, 0, 0},
    {"connect on an accepted socket", accepted_socket, UH_EVERY, 0, 0},
    {"connect on a Unix socket", unix_socket, UH_EVERY, 0, 0},
    {"errors of Unix sockets", unix_errors, UH_EVERY, 0, 0},
    {"connect on a raw socket", other_protocols, UH_EVERY, 0, 0},
};

UH_SUITE(tests, NULL);

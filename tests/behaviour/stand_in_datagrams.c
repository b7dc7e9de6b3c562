/* SPDX-License-Identifier: MIT */
/* stand_in_datagrams.c: datagrams that are sent to a stand-in reach the name's real address,
 * each by itself, however they are sent. */
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "harness.h"

enum { PAGE = 65536 }; /* as large as any machine's are, and a multiple of smaller ones */

static struct uh_peer stand_in; /* of a name that is 127.0.0.1 in truth */
static struct uh_peer real, unknown;

static int new_socket(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0);
	return fd;
}

/* A socket at the real address, whose port then goes with the stand-in. */
static int receiver(void)
{
	struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
	int fd = new_socket();

	real = uh_peer("127.0.0.1", 0);
	SAME(bind(fd, &real.address, real.length), 0);
	real = uh_sockname(fd);
	unknown = uh_peer("240.255.255.1", uh_port_of(&real));
	SAME(getaddrinfo("localhost", NULL, &hints, &found), 0);
	stand_in.length = found->ai_addrlen;
	memcpy(&stand_in.address, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	((struct sockaddr_in *)&stand_in.storage)->sin_port = htons(uh_port_of(&real));
	SAME(*(unsigned char *)&((struct sockaddr_in *)&stand_in.storage)->sin_addr >> 4, 15);
	return fd;
}

/* Each letter is a datagram; then there is no other. */
static void received(int fd, const char *letters)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	char text[8];

	for (; *letters; letters++) {
		SAME(poll(&wait, 1, 10000), 1);
		SAME(recv(fd, text, sizeof(text), 0), 1);
		SAME(text[0], *letters);
	}
	SAME(recv(fd, text, sizeof(text), MSG_DONTWAIT), -1);
}

static struct iovec letter[4] = {{"a", 1}, {"b", 1}, {"c", 1}, {"d", 1}};

static void fill(struct mmsghdr *message, struct uh_peer *const *to, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		message[i] = (struct mmsghdr){.msg_hdr = {.msg_name = &to[i]->address,
							  .msg_namelen = to[i]->length,
							  .msg_iov = &letter[i],
							  .msg_iovlen = 1}};
}

static void one_by_one(void)
{
	struct uh_peer *const to[] = {&stand_in};
	struct mmsghdr message[1];
	int there = receiver(), fd = new_socket();

	fill(message, to, 1);
	SAME(sendto(fd, "s", 1, 0, &stand_in.address, stand_in.length), 1);
	SAME(sendmsg(fd, &message[0].msg_hdr, 0), 1);
	received(there, "sa");
	FAILS(sendto(fd, "x", 1, 0, &unknown.address, unknown.length), ENETUNREACH);
}

static void many(void)
{
	struct uh_peer *const all[] = {&stand_in, &stand_in, &stand_in, &stand_in};
	struct uh_peer *const mixed[] = {&real, &stand_in, &real, &real};
	struct uh_peer *const ends[] = {&stand_in, &real, &unknown, &stand_in};
	struct mmsghdr message[4];
	int there = receiver(), fd = new_socket();

	fill(message, all, 4);
	SAME(sendmmsg(fd, message, 4, 0), 4);
	received(there, "abcd");
	for (int i = 0; i < 4; i++)
		SAME(message[i].msg_len, 1);
	CHECK(message[0].msg_hdr.msg_name == &stand_in.address);
	fill(message, mixed, 4);
	SAME(sendmmsg(fd, message, 4, 0), 4);
	received(there, "abcd");
	for (int i = 0; i < 4; i++)
		SAME(message[i].msg_len, 1);
	fill(message, ends, 4);
	errno = 0;
	SAME(sendmmsg(fd, message, 4, 0), 2);
	SAME(errno, 0);
	received(there, "ab");
	SAME(message[1].msg_len, 1);
	SAME(message[2].msg_len, 0);
	FAILS(sendmmsg(fd, message + 2, 2, 0), ENETUNREACH);
	received(there, "");
}

static void set_port(struct uh_peer *peer, uint16_t port)
{
	((struct sockaddr_in *)&peer->storage)->sin_port = htons(port);
}

static void wait_for(int fd)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};

	SAME(poll(&wait, 1, 10000), 1);
}

/* The answer bears the stand-in, however it is received. */
static void answered(int fd, const char *text)
{
	struct uh_peer from = {.length = sizeof(from.storage)};
	char got[64] = "";
	struct iovec part = {got, sizeof(got) - 1};
	struct mmsghdr message = {.msg_hdr = {.msg_name = &from.storage,
					      .msg_namelen = sizeof(from.storage),
					      .msg_iov = &part,
					      .msg_iovlen = 1}};

	wait_for(fd);
	SAME(recvfrom(fd, got, sizeof(got), MSG_PEEK, &from.address, &from.length),
	     (ssize_t)strlen(text));
	SAME(from.length, stand_in.length);
	CHECK(uh_peers_equal(&from, &stand_in));
	SAME(recvmmsg(fd, &message, 1, 0, NULL), 1);
	from.length = message.msg_hdr.msg_namelen;
	SAME(from.length, stand_in.length);
	CHECK(uh_peers_equal(&from, &stand_in));
	TEXT(got, text);
}

/* Sends to a port of the stand-in by each call, and waits for an answer with this text. */
static void asks(uint16_t port, const char *text)
{
	struct uh_peer *const to[] = {&stand_in, &stand_in};
	struct mmsghdr message[2];
	int fd = new_socket();

	set_port(&stand_in, port);
	fill(message, to, 2);
	letter[0] = letter[1] = (struct iovec){"x\n", 2};
	SAME(sendto(fd, "x\n", 2, 0, &stand_in.address, stand_in.length), 2);
	answered(fd, text);
	SAME(sendmsg(fd, &message[0].msg_hdr, 0), 2);
	answered(fd, text);
	SAME(sendmmsg(fd, message, 2, 0), 2);
	answered(fd, text);
	answered(fd, text);
	SAME(recv(fd, &(char){0}, 1, MSG_DONTWAIT), -1);
	close(fd);
}

/* The target's server says "hit", that of the real address "decoy". */
static void routed(void)
{
	receiver();
	asks(1102, "hit x\n");
	asks(1103, "hit x\n"); /* after a Unix target */
	asks(1104, "hit x\n"); /* by a route for the real address */
}

static void not_routed(void)
{
	int there = receiver(), fd = new_socket();
	uint16_t port = uh_port_of(&real);
	struct uh_peer from = {.length = sizeof(from.storage)};
	char text[8];

	asks(1101, "decoy x\n");   /* the route has a Unix target alone */
	asks(1105, "decoy x\n");   /* the route is for TCP */
	set_port(&stand_in, port); /* no route is for the port */
	SAME(sendto(fd, "x", 1, 0, &stand_in.address, stand_in.length), 1);
	wait_for(there);
	SAME(recvfrom(there, text, sizeof(text), 0, &from.address, &from.length), 1);
	SAME(sendto(there, "y", 1, 0, &from.address, from.length), 1);
	answered(fd, "y");
}

static void refused(void)
{
	struct uh_peer *const to[] = {&stand_in};
	struct mmsghdr message[1];
	int fd;

	receiver();
	fd = new_socket();
	fill(message, to, 1);
	set_port(&stand_in, 1106);
	FAILS(sendto(fd, "x", 1, 0, &stand_in.address, stand_in.length), EPERM);
	FAILS(sendmsg(fd, &message[0].msg_hdr, 0), EPERM);
	FAILS(sendmmsg(fd, message, 1, 0), EPERM);
}

/* Descriptors are looked at before messages, and messages before addresses. */
static void bad_pointers(void)
{
	struct uh_peer *const to[] = {&stand_in, &stand_in};
	struct mmsghdr *page, *last, *volatile null = NULL;
	int there = receiver(), fd = new_socket();

	page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(page != MAP_FAILED);
	SAME(mprotect((char *)page + PAGE, PAGE, PROT_NONE), 0);
	last = (struct mmsghdr *)((char *)page + PAGE) - 2;
	fill(last, to, 2);
	FAILS(sendmmsg(-1, last, 2, 0), EBADF);
	FAILS(sendmmsg(-1, null, 0, 0), EBADF);
	FAILS(sendmmsg(fd, null, 1, 0), EFAULT);
	SAME(sendmmsg(fd, null, 0, 0), 0);
	SAME(sendmmsg(fd, last, 3, 0), 2);
	received(there, "ab");
	last[1].msg_hdr.msg_name = (void *)1;
	SAME(sendmmsg(fd, last, 2, 0), 1);
	received(there, "a");
	FAILS(sendmmsg(fd, last + 1, 1, 0), EFAULT);
	fill(page, to, 2);
	SAME(mprotect(page, PAGE, PROT_READ), 0);
	FAILS(sendmmsg(fd, page, 2, 0), EFAULT); /* but it has gone out */
	received(there, "a");
}

static const struct uh_test tests[] = {
    {"one datagram to a stand-in", one_by_one, UH_PRELOADED | UH_V4, 0, 0},
    {"many datagrams to a stand-in", many, UH_PRELOADED | UH_V4, 0, 0},
    {"a stand-in with an IP target", routed, UH_PRELOADED | UH_V4, 0, 0},
    {"a stand-in without an IP target", not_routed, UH_PRELOADED | UH_V4, 0, 0},
    {"a stand-in that is refused", refused, UH_PRELOADED | UH_V4, 0, 0},
    {"datagrams with bad pointers", bad_pointers, UH_PRELOADED | UH_V4, 0, 0},
};

UH_SUITE(
    tests,
    "route \"localhost:1101\" { to = \"unix:@uh-hit\" protocol = any }\n"
    "route \"localhost:1102\" { to = \"127.0.0.2:7000\" protocol = udp }\n"
    "route \"localhost:1103\" { to = {\"unix:@uh-hit\", \"127.0.0.2:7000\"} protocol = any }\n"
    "route \"127.0.0.1:1104\" { to = \"127.0.0.2:7000\" protocol = udp }\n"
    "route \"localhost:1105\" { to = \"unix:@uh-hit\" }\n"
    "route \"localhost:1106\" { to = \"refuse\" protocol = any }\n");

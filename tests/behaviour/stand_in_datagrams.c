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
    {"datagrams with bad pointers", bad_pointers, UH_PRELOADED | UH_V4, 0, 0},
};

UH_SUITE(tests, "route \"localhost:1101\" { to = \"unix:@uh-hit\" }\n");

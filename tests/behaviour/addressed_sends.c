/* SPDX-License-Identifier: MIT */
/* addressed_sends.c: sendto and sendmsg with an address on a connected TCP socket, which heeds
 * none. */
#include <sys/uio.h>

#include "harness.h"

static void by_sendto(void)
{
	struct uh_peer asked = uh_public(), elsewhere = uh_public_port(UH_PORT_NOBODY);
	int fd = uh_connected();

	SAME(sendto(fd, "a", 1, MSG_NOSIGNAL, &asked.address, asked.length), 1);
	SAME(sendto(fd, "b", 1, MSG_NOSIGNAL, &elsewhere.address, elsewhere.length), 1);
	SAME(sendto(fd, "c", 1, MSG_NOSIGNAL, NULL, 0), 1);
	uh_talk(fd);
}

static void by_sendmsg(void)
{
	struct uh_peer asked = uh_public();
	struct iovec part = {"a", 1};
	struct msghdr message = {.msg_name = &asked.address,
				 .msg_namelen = asked.length,
				 .msg_iov = &part,
				 .msg_iovlen = 1};
	int fd = uh_connected();

	SAME(sendmsg(fd, &message, MSG_NOSIGNAL), 1);
	CHECK(message.msg_name == &asked.address && message.msg_namelen == asked.length);
	uh_talk(fd);
}

/* A copy is the same connection. */
static void on_a_copy(void)
{
	struct uh_peer asked = uh_public();
	int fd = uh_connected(), copy = dup(fd);

	close(fd);
	SAME(sendto(copy, "a", 1, MSG_NOSIGNAL, &asked.address, asked.length), 1);
	uh_talk(copy);
}

static const struct uh_test tests[] = {
    {"sendto with an address on a connection", by_sendto, UH_EVERY, 0, 0},
    {"sendmsg with an address on a connection", by_sendmsg, UH_EVERY, 0, 0},
    {"sendto with an address on a copy", on_a_copy, UH_EVERY, 0, 0},
};

UH_SUITE(tests, NULL);

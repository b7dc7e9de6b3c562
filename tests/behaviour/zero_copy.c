/* SPDX-License-Identifier: MIT */
/*
 * zero_copy.c: MSG_ZEROCOPY on a routed connection: it completes, or is refused, so that the
 * program sends without it.
 */
#include <poll.h>
#include <sys/uio.h>

#include "harness.h"

static int with_zerocopy(void)
{
	int fd = uh_socket(0), on = 1;

	SAME(setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)), 0);
	uh_connect(fd);
	return fd;
}

/* One call of each kind, with these flags: -1 if all have failed, or how much each has sent. */
static long send_by_all(int fd, int flags, int error)
{
	struct iovec part = {"a", 1};
	struct mmsghdr batch[2] = {{.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}},
				   {.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}}};
	long sent[4];

	errno = 0;
	sent[0] = send(fd, "a", 1, flags);
	SAME(errno, error);
	sent[1] = sendto(fd, "a", 1, flags, NULL, 0);
	SAME(errno, error);
	sent[2] = sendmsg(fd, &batch[0].msg_hdr, flags);
	SAME(errno, error);
	sent[3] = sendmmsg(fd, batch, 2, flags);
	SAME(errno, error);
	SAME(sent[1], sent[0]);
	SAME(sent[2], sent[0]);
	SAME(sent[3], error ? -1 : 2);
	return sent[0];
}

static void refused(void)
{
	int fd = with_zerocopy(), on = 1;
	socklen_t size = sizeof(on);

	SAME(send_by_all(fd, MSG_ZEROCOPY, ENOBUFS), -1);
	SAME(send_by_all(fd, MSG_ZEROCOPY | MSG_NOSIGNAL | MSG_DONTWAIT, ENOBUFS), -1);
	SAME(getsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &on, &size), 0);
	SAME(on, 0);
	on = 1;
	FAILS(setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)), EOPNOTSUPP);
	SAME(send_by_all(fd, 0, 0), 1);
	uh_talk(fd);
}

/* Without SO_ZEROCOPY the kernel has never heeded the flag. */
static void not_heeded(void)
{
	int fd = uh_connected();

	SAME(send_by_all(fd, MSG_ZEROCOPY, 0), 1);
	uh_talk(fd);
}

/* The program's own socket, or another that can. */
static void completes(void)
{
	int fd = with_zerocopy();
	struct pollfd end = {.fd = fd};
	char room[256];
	struct msghdr message = {.msg_control = room, .msg_controllen = sizeof(room)};

	SAME(send(fd, "a", 1, MSG_ZEROCOPY), 1);
	SAME(poll(&end, 1, -1), 1);
	CHECK(end.revents & POLLERR);
	SAME(recvmsg(fd, &message, MSG_ERRQUEUE), 0);
	CHECK(message.msg_controllen > 0);
	uh_talk(fd);
}

static const struct uh_test tests[] = {
    {"MSG_ZEROCOPY is refused", refused, UH_REPLACED, 0, 0},
    {"MSG_ZEROCOPY without SO_ZEROCOPY", not_heeded, UH_EVERY, 0, 0},
    {"MSG_ZEROCOPY completes", completes, UH_PLAIN | UH_IP | UH_OTHER, 0, 0},
};

UH_SUITE(tests, NULL);

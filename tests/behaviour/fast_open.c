/* SPDX-License-Identifier: MIT */
/* fast_open.c: sending with MSG_FASTOPEN, and TCP_FASTOPEN_CONNECT, are routed like connect. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/uio.h>

#include "harness.h"

/* The data arrives once, before what is sent next. */
static void arrives_once(int fd)
{
	struct uh_peer asked = uh_public(), peer;

	SAME(send(fd, "end\n", 4, MSG_NOSIGNAL), 4);
	uh_expect(fd, "hit once\nhit end\n");
	peer = uh_peername(fd);
	CHECK(uh_peers_equal(&peer, &asked));
}

static void by_sendto(void)
{
	struct uh_peer peer = uh_public();

	for (int i = 0; i < 3; i++) { /* later ones may use a cookie */
		int fd = uh_socket(0);

		SAME(sendto(fd, "once\n", 5, MSG_FASTOPEN | MSG_NOSIGNAL, &peer.address,
			    peer.length),
		     5);
		arrives_once(fd);
		close(fd);
	}
}

static void by_sendmsg(void)
{
	struct uh_peer peer = uh_public();
	struct iovec parts[2] = {{"on", 2}, {"ce\n", 3}};
	struct msghdr message = {.msg_name = &peer.address,
				 .msg_namelen = peer.length,
				 .msg_iov = parts,
				 .msg_iovlen = 2};
	int fd = uh_socket(0);

	SAME(sendmsg(fd, &message, MSG_FASTOPEN | MSG_NOSIGNAL), 5);
	SAME(message.msg_namelen, peer.length);
	SAME(parts[0].iov_len + parts[1].iov_len, 5);
	arrives_once(fd);
}

/* The first message opens the connection; the next can't, so it is left. */
static void by_sendmmsg(void)
{
	struct uh_peer peer = uh_public();
	struct iovec part = {"once\n", 5};
	const struct msghdr message = {.msg_name = &peer.address,
				       .msg_namelen = peer.length,
				       .msg_iov = &part,
				       .msg_iovlen = 1};
	struct mmsghdr messages[2] = {{message, 0}, {message, 0}};
	int fd = uh_socket(0);

	SAME(sendmmsg(fd, messages, 2, MSG_FASTOPEN | MSG_NOSIGNAL), 1);
	SAME(messages[0].msg_len, 5);
	SAME(messages[1].msg_len, 0);
	CHECK(messages[0].msg_hdr.msg_name == &peer.address);
	arrives_once(fd);
	messages[0].msg_hdr.msg_name = NULL;
	FAILS(sendmmsg(fd, messages, 2, MSG_FASTOPEN | MSG_NOSIGNAL), EISCONN);
	FAILS(sendmsg(fd, &messages[0].msg_hdr, MSG_FASTOPEN | MSG_NOSIGNAL), EISCONN);
}

/* Without a cookie the kernel only starts the connection: the program sends again later. */
static void nonblocking(void)
{
	struct uh_peer peer = uh_public();
	int fd = uh_socket(SOCK_NONBLOCK);
	ssize_t sent =
	    sendto(fd, "once\n", 5, MSG_FASTOPEN | MSG_NOSIGNAL, &peer.address, peer.length);

	if (sent < 0) {
		SAME(errno, EINPROGRESS);
		SAME(uh_finish(fd), 0);
		sent = send(fd, "once\n", 5, MSG_NOSIGNAL);
	}
	SAME(sent, 5);
	arrives_once(fd);
}

static void by_option(void)
{
	int fd = uh_socket(0), value = 1;
	socklen_t length = sizeof(value);

	SAME(setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &value, sizeof(value)), 0);
	uh_connect(fd);
	SAME(getsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &value, &length), 0);
	SAME(value, 1);
	SAME(send(fd, "once\n", 5, MSG_NOSIGNAL), 5);
	arrives_once(fd);
}

/* On a connection the flag is an error, as it is for TCP. */
static void when_connected(void)
{
	struct uh_peer peer = uh_public();
	int fd = uh_connected();

	FAILS(sendto(fd, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, &peer.address, peer.length),
	      EISCONN);
	uh_talk(fd);
}

static void bad_arguments(void)
{
	struct uh_peer peer = uh_public();
	struct msghdr message = {.msg_name = (void *)1, .msg_namelen = peer.length};
	struct mmsghdr many = {message, 0};
	struct msghdr *volatile null = NULL;
	int fd = uh_socket(0);

	FAILS(sendto(fd, "x", 1, MSG_FASTOPEN, (struct sockaddr *)1, peer.length), EFAULT);
	FAILS(sendto(fd, "x", 1, MSG_FASTOPEN, &peer.address, 129), EINVAL);
	FAILS(sendto(fd, "x", 1, MSG_FASTOPEN, &peer.address, 7), EINVAL);
	FAILS(sendto(-1, "x", 1, MSG_FASTOPEN, &peer.address, peer.length), EBADF);
	FAILS(sendmsg(fd, &message, MSG_FASTOPEN), EFAULT);
	FAILS(sendmsg(fd, null, MSG_FASTOPEN), EFAULT);
	FAILS(sendmmsg(fd, &many, 1, MSG_FASTOPEN), EFAULT);
	FAILS(sendmmsg(fd, (struct mmsghdr *)null, 1, MSG_FASTOPEN), EFAULT);
	uh_connect(fd);
	uh_talk(fd);
}

/* Other targets are tried here, too, and the data goes to the one that answers. */
static void dead_target_first(void)
{
	struct uh_peer peer = uh_public_port(1101);
	int fd = uh_socket(0);

	SAME(sendto(fd, "x\n", 2, MSG_FASTOPEN | MSG_NOSIGNAL, &peer.address, peer.length), 2);
	uh_expect(fd, "hit x\n");
}

static void refused(void)
{
	struct uh_peer peer = uh_public_port(1102);
	int fd = uh_socket(0);

	FAILS(sendto(fd, "x\n", 2, MSG_FASTOPEN | MSG_NOSIGNAL, &peer.address, peer.length),
	      ECONNREFUSED);
}

/* Without the flag an address on a stream socket means nothing. */
static void without_the_flag(void)
{
	struct uh_peer peer = uh_public();

	FAILS(sendto(uh_socket(0), "x", 1, MSG_NOSIGNAL, &peer.address, peer.length), EPIPE);
	int fd = uh_connected();
	SAME(sendto(fd, "y\n", 2, MSG_NOSIGNAL, NULL, 0), 2);
	uh_expect(fd, "hit y\n");
}

static const struct uh_test tests[] = {
    {"sendto with MSG_FASTOPEN", by_sendto, UH_EVERY, 0, 0},
    {"sendmsg with MSG_FASTOPEN", by_sendmsg, UH_EVERY, 0, 0},
    {"sendmmsg with MSG_FASTOPEN", by_sendmmsg, UH_EVERY, 0, 0},
    {"MSG_FASTOPEN on a non-blocking socket", nonblocking, UH_EVERY, 0, 0},
    {"TCP_FASTOPEN_CONNECT", by_option, UH_EVERY, 0, 0},
    {"MSG_FASTOPEN on a connection", when_connected, UH_EVERY, 0, 0},
    {"MSG_FASTOPEN with bad arguments", bad_arguments, UH_EVERY, 0, 0},
    {"MSG_FASTOPEN with a dead target first", dead_target_first, UH_PRELOADED, 0, 0},
    {"MSG_FASTOPEN refused", refused, UH_PRELOADED, 0, 0},
    {"sendto without MSG_FASTOPEN", without_the_flag, UH_EVERY, 0, 0},
};

UH_SUITE(tests,
	 "route \"203.0.113.1:1101\" { to = {\"unix:$DIR/no\", \"unix:@uh-hit\"} }\n"
	 "route \"[2001:db8::1]:1101\" { to = {\"unix:$DIR/no\", \"unix:@uh-hit\"} }\n"
	 "route \"203.0.113.1:1102\" { to = \"unix:$DIR/no\" on_failure = \"refuse\" }\n"
	 "route \"[2001:db8::1]:1102\" { to = \"unix:$DIR/no\" on_failure = \"refuse\" }\n");

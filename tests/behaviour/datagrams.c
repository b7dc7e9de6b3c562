/* SPDX-License-Identifier: MIT */
/*
 * datagrams.c: datagrams that are sent with an address, on sockets that never connect: a route
 * leads them to an IP target, and the answers bear the address that was asked for.
 */
#include <fcntl.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "harness.h"

/* The answer to a datagram to the public address. An AF_INET socket reaches no IPv6 target. */
static const char *wanted(void)
{
	bool routed = uh_in(UH_PLAIN | UH_IP) || (uh_in(UH_OTHER) && uh_family == AF_INET6);

	return routed ? "hit x\n" : "decoy x\n";
}

static int new_socket(void)
{
	int fd = socket(uh_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0);
	return fd;
}

static void wait_for(int fd)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};

	SAME(poll(&wait, 1, 10000), 1);
}

static void send_to(int fd, const struct uh_peer *peer)
{
	errno = 0;
	SAME(sendto(fd, "x\n", 2, 0, &peer->address, peer->length), 2);
	SAME(errno, 0);
}

/* Receives an answer from the peer, with this text. */
static void receive_from(int fd, const struct uh_peer *peer, const char *text)
{
	struct uh_peer from = {.length = sizeof(from.storage)};
	char got[64] = "";

	wait_for(fd);
	errno = 0;
	CHECK(recvfrom(fd, got, sizeof(got) - 1, 0, &from.address, &from.length) > 0);
	SAME(errno, 0);
	TEXT(got, text);
	SAME(from.length, peer->length);
	CHECK(uh_peers_equal(&from, peer));
}

static void by_sendto(void)
{
	struct uh_peer asked = uh_public();
	int fd = new_socket();

	for (int i = 0; i < 3; i++) {
		send_to(fd, &asked);
		receive_from(fd, &asked, wanted());
	}
}

static void by_sendmsg(void)
{
	struct uh_peer asked = uh_public(), from;
	char text[64] = "", control[64];
	struct iovec out = {"x\n", 2}, in = {text, sizeof(text) - 1};
	struct msghdr message = {.msg_name = &asked.address,
				 .msg_namelen = asked.length,
				 .msg_iov = &out,
				 .msg_iovlen = 1};
	int fd = new_socket(), one = 1;

	if (uh_family == AF_INET)
		SAME(setsockopt(fd, IPPROTO_IP, IP_RECVTTL, &one, sizeof(one)), 0);
	else
		SAME(setsockopt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &one, sizeof(one)), 0);
	SAME(sendmsg(fd, &message, 0), 2);
	CHECK(message.msg_name == &asked.address && message.msg_namelen == asked.length);
	wait_for(fd);
	message = (struct msghdr){.msg_name = &from.storage,
				  .msg_namelen = sizeof(from.storage),
				  .msg_iov = &in,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control)};
	SAME(recvmsg(fd, &message, MSG_PEEK), (ssize_t)strlen(wanted()));
	from.length = message.msg_namelen;
	CHECK(uh_peers_equal(&from, &asked));
	message.msg_namelen = sizeof(from.storage);
	message.msg_controllen = sizeof(control);
	SAME(recvmsg(fd, &message, 0), (ssize_t)strlen(wanted()));
	TEXT(text, wanted());
	from.length = message.msg_namelen;
	CHECK(uh_peers_equal(&from, &asked));
	SAME(message.msg_flags, 0);
	/* An IPv4 datagram on an IPv6 socket has no hop limit. */
	SAME(message.msg_controllen > 0, !uh_in(UH_OTHER) || uh_family == AF_INET);
}

enum { MANY = 40 };

static struct iovec part = {"x\n", 2};

/* More messages than are sent together, some of them without a route. */
static void by_sendmmsg(void)
{
	struct uh_peer asked = uh_public(), plain = uh_public_port(UH_PORT_PLAIN);
	struct uh_peer from[MANY];
	struct mmsghdr messages[MANY] = {0};
	struct iovec in[MANY];
	char text[MANY][64] = {{0}};
	int fd = new_socket();

	for (int i = 0; i < MANY; i++) {
		struct uh_peer *to = i % 3 ? &asked : &plain;

		messages[i].msg_hdr = (struct msghdr){.msg_name = &to->address,
						      .msg_namelen = to->length,
						      .msg_iov = &part,
						      .msg_iovlen = 1};
	}
	SAME(sendmmsg(fd, messages, MANY, 0), MANY);
	for (int i = 0; i < MANY; i++) {
		struct uh_peer *to = i % 3 ? &asked : &plain;

		SAME(messages[i].msg_len, 2);
		CHECK(messages[i].msg_hdr.msg_name == &to->address);
		in[i] = (struct iovec){text[i], sizeof(text[i]) - 1};
		messages[i] = (struct mmsghdr){.msg_hdr = {.msg_name = &from[i].storage,
							   .msg_namelen = sizeof(from->storage),
							   .msg_iov = &in[i],
							   .msg_iovlen = 1}};
	}
	for (int got = 0, count, of_plain = 0; got < MANY; got += count) {
		wait_for(fd);
		count = recvmmsg(fd, messages, MANY, MSG_DONTWAIT, NULL);
		CHECK(count > 0);
		for (int i = 0; i < count; i++) {
			bool is_plain;

			from[i].length = messages[i].msg_hdr.msg_namelen;
			is_plain = uh_peers_equal(&from[i], &plain);
			of_plain += is_plain;
			CHECK(is_plain || uh_peers_equal(&from[i], &asked));
			TEXT(text[i], is_plain ? "hit x\n" : wanted());
			memset(text[i], 0, sizeof(text[i]));
			messages[i].msg_hdr.msg_namelen = sizeof(from->storage);
		}
		if (got + count == MANY && !uh_in(UH_PLAIN))
			SAME(of_plain, (MANY + 2) / 3);
	}
}

/* recvmmsg(2) takes more messages than sendmmsg(2). Those that get lost are not missed. */
static void very_many(void)
{
	enum { VERY_MANY = UIO_MAXIOV + 200, ROOM = 1 << 24 };
	struct uh_peer asked = uh_public();
	static struct uh_peer from[VERY_MANY];
	static struct mmsghdr messages[VERY_MANY];
	char text[64];
	struct iovec in = {text, sizeof(text)};
	int fd = new_socket(), room = ROOM, count;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) != 0)
		uh_skip("no receive buffer of that size");
	for (int i = 0; i < VERY_MANY; i++) {
		send_to(fd, &asked);
		if (i % 16 == 0)
			usleep(1000);
		messages[i].msg_hdr = (struct msghdr){.msg_name = &from[i].storage,
						      .msg_namelen = sizeof(from->storage),
						      .msg_iov = &in,
						      .msg_iovlen = 1};
	}
	wait_for(fd);
	count = recvmmsg(fd, messages, VERY_MANY, MSG_DONTWAIT, NULL);
	CHECK(count > 0);
	for (int i = 0; i < count; i++) {
		from[i].length = messages[i].msg_hdr.msg_namelen;
		CHECK(uh_peers_equal(&from[i], &asked));
	}
}

/* The kernel copies as much of a name as fits, and reports the full length. */
static void short_names(void)
{
	struct uh_peer asked = uh_public();
	char text[64];
	int fd = new_socket();

	for (socklen_t room = 0; room <= asked.length + 4; room++) {
		unsigned char name[64], expected[64];
		socklen_t length = room, fits = room < asked.length ? room : asked.length;

		memset(name, 0xa5, sizeof(name));
		memset(expected, 0xa5, sizeof(expected));
		memcpy(expected, &asked.storage, fits);
		send_to(fd, &asked);
		wait_for(fd);
		CHECK(recvfrom(fd, text, sizeof(text), 0, (struct sockaddr *)name, &length) >
		      0);
		SAME(length, asked.length);
		SAME(memcmp(name, expected, sizeof(name)), 0);
	}
	send_to(fd, &asked);
	wait_for(fd);
	CHECK(recvfrom(fd, text, sizeof(text), 0, NULL, NULL) > 0);
	send_to(fd, &asked);
	wait_for(fd);
	FAILS(recvfrom(fd, text, sizeof(text), 0, (struct sockaddr *)text, NULL), EFAULT);
	send_to(fd, &asked);
	wait_for(fd);
	FAILS(recvfrom(fd, text, sizeof(text), 0, (struct sockaddr *)text,
		       &(socklen_t){(socklen_t)-1}),
	      EINVAL);
}

/* Each message of recvmmsg(2) with a buffer of another size, or none. */
static void short_names_of_many(void)
{
	struct uh_peer asked = uh_public();
	const socklen_t room[] = {128, 0, 4, 8, asked.length, 0};
	enum { COUNT = sizeof(room) / sizeof(room[0]) };
	unsigned char name[COUNT][128], text[64];
	struct iovec in = {text, sizeof(text)};
	struct mmsghdr messages[COUNT] = {0};
	int fd = new_socket();

	memset(name, 0xa5, sizeof(name));
	for (int i = 0; i < COUNT; i++) {
		messages[i].msg_hdr =
		    (struct msghdr){.msg_name = i < COUNT - 1 ? name[i] : NULL,
				    .msg_namelen = room[i],
				    .msg_iov = &in,
				    .msg_iovlen = 1};
		send_to(fd, &asked);
	}
	for (int i = 0, count; i < COUNT; i += count) {
		wait_for(fd);
		count = recvmmsg(fd, messages + i, (unsigned)(COUNT - i), MSG_WAITFORONE, NULL);
		CHECK(count > 0);
	}
	for (int i = 0; i < COUNT - 1; i++) {
		socklen_t fits = room[i] < asked.length ? room[i] : asked.length;

		SAME(messages[i].msg_hdr.msg_namelen, asked.length);
		SAME(memcmp(name[i], &asked.storage, fits), 0);
		CHECK(fits == sizeof(name[i]) || name[i][fits] == 0xa5);
	}
}

/* The name in the error queue is that of the destination. */
static void error_queue(void)
{
	struct uh_peer asked = uh_peer("203.0.113.1", 1120), from;
	char text[64], control[256];
	struct iovec in = {text, sizeof(text)};
	struct msghdr message = {.msg_name = &from.storage,
				 .msg_namelen = sizeof(from.storage),
				 .msg_iov = &in,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control)};
	struct pollfd wait;
	int fd = new_socket(), one = 1;

	SAME(setsockopt(fd, IPPROTO_IP, IP_RECVERR, &one, sizeof(one)), 0);
	send_to(fd, &asked);
	wait = (struct pollfd){.fd = fd};
	SAME(poll(&wait, 1, 10000), 1);
	SAME(wait.revents & POLLERR, POLLERR);
	SAME(recvmsg(fd, &message, MSG_ERRQUEUE), 2);
	SAME(message.msg_flags & MSG_ERRQUEUE, MSG_ERRQUEUE);
	from.length = message.msg_namelen;
	CHECK(uh_peers_equal(&from, &asked));
	CHECK(CMSG_FIRSTHDR(&message)->cmsg_type == IP_RECVERR);
}

/* Routes of this suite lead from port 1101 + i to 127.0.0.(11 + i). */
static struct uh_peer destination(int i)
{
	return uh_peer("203.0.113.1", (uint16_t)(1101 + i));
}

/* There is room for eight destinations; the answer of a ninth replaces the first. */
static void many_destinations(void)
{
	struct uh_peer asked[10], target = uh_peer("127.0.0.11", UH_PORT_HIT);
	int fd = new_socket();

	for (int i = 0; i < 8; i++) {
		asked[i] = destination(i);
		send_to(fd, &asked[i]);
	}
	for (int i = 0; i < 8; i++)
		receive_from(fd, &asked[i], "hit x\n");
	for (int i = 0; i < 9; i++) {
		asked[i] = destination(i);
		send_to(fd, &asked[i]);
	}
	receive_from(fd, &target, "hit x\n");
	for (int i = 1; i < 9; i++)
		receive_from(fd, &asked[i], "hit x\n");
}

/* If two destinations lead to one target, answers bear the later. */
static void one_target_for_two(void)
{
	struct uh_peer first = uh_peer("203.0.113.1", 1121),
		       second = uh_peer("203.0.113.1", 1122);
	int fd = new_socket();

	for (int i = 0; i < 3; i++) {
		send_to(fd, &first);
		receive_from(fd, &first, "hit x\n");
		send_to(fd, &second);
		receive_from(fd, &second, "hit x\n");
	}
}

/* The same for a socket that asks for the target itself, which no route is for. */
static void target_itself(void)
{
	struct uh_peer asked = destination(0), target = uh_peer("127.0.0.11", UH_PORT_HIT);
	struct mmsghdr message = {.msg_hdr = {.msg_name = &target.address,
					      .msg_namelen = target.length,
					      .msg_iov = &part,
					      .msg_iovlen = 1}};
	int fd = new_socket();

	for (int i = 0; i < 3; i++) {
		send_to(fd, &asked);
		receive_from(fd, &asked, "hit x\n");
		send_to(fd, &target);
		receive_from(fd, &target, "hit x\n");
	}
	send_to(fd, &asked);
	receive_from(fd, &asked, "hit x\n");
	SAME(sendmsg(fd, &message.msg_hdr, 0), 2);
	receive_from(fd, &target, "hit x\n");
	send_to(fd, &asked);
	receive_from(fd, &asked, "hit x\n");
	SAME(sendmmsg(fd, &message, 1, 0), 1);
	receive_from(fd, &target, "hit x\n");
}

/* A socket that asks for the target itself is told the truth, whatever had the number before.
 */
static void asks_target(int fd)
{
	struct uh_peer target = uh_peer("127.0.0.11", UH_PORT_HIT);

	send_to(fd, &target);
	receive_from(fd, &target, "hit x\n");
	close(fd);
}

static int used_socket(void)
{
	struct uh_peer asked = destination(0);
	int fd = new_socket();

	send_to(fd, &asked);
	receive_from(fd, &asked, "hit x\n");
	return fd;
}

static void number_reused(void)
{
	int fd = used_socket(), other;

	close(fd);
	SAME(new_socket(), fd);
	asks_target(fd);
	SAME(used_socket(), fd);
	syscall(SYS_close, fd);
	SAME(syscall(SYS_socket, AF_INET, SOCK_DGRAM, 0), fd);
	asks_target(fd);
	SAME(used_socket(), fd);
	other = new_socket();
	SAME(dup2(other, fd), fd);
	asks_target(fd);
	asks_target(other);
	SAME(used_socket(), fd);
	SAME(close_range((unsigned)fd, (unsigned)fd, 0), 0);
	SAME(syscall(SYS_socket, AF_INET, SOCK_DGRAM, 0), fd);
	asks_target(fd);
	for (int i = 0; i < 1000; i++) {
		SAME(used_socket(), fd);
		close(fd);
	}
	SAME(new_socket(), fd);
	asks_target(fd);
}

/* The number that a raw system call gave to another socket is learnt anew. */
static void learns_again(void)
{
	struct uh_peer asked = destination(0);
	int fd = used_socket();

	syscall(SYS_close, fd);
	SAME(syscall(SYS_socket, AF_INET, SOCK_DGRAM, 0), fd);
	for (int i = 0; i < 2; i++) {
		struct uh_peer from = {.length = sizeof(from.storage)};
		char text[16];

		send_to(fd, &asked);
		wait_for(fd);
		CHECK(recvfrom(fd, text, sizeof(text), 0, &from.address, &from.length) > 0);
	}
	send_to(fd, &asked);
	receive_from(fd, &asked, "hit x\n");
}

static void copies(void)
{
	struct uh_peer asked = destination(0);
	int fd = new_socket(), before = dup(fd), after;

	send_to(fd, &asked);
	receive_from(before, &asked, "hit x\n");
	after = fcntl(before, F_DUPFD_CLOEXEC, 100);
	send_to(before, &asked);
	receive_from(after, &asked, "hit x\n");
	close(fd);
	send_to(after, &asked);
	receive_from(before, &asked, "hit x\n");
	close(before);
	send_to(after, &asked);
	receive_from(after, &asked, "hit x\n");
}

static void in_child(int fd)
{
	struct uh_peer asked = destination(0), other = destination(1);

	receive_from(fd, &asked, "hit x\n"); /* sent before the fork */
	send_to(fd, &other);
	receive_from(fd, &other, "hit x\n");
}

static void forks(void)
{
	struct uh_peer asked = destination(0);
	int fd = new_socket();

	send_to(fd, &asked);
	wait_for(fd);
	uh_in_child(in_child, fd);
	send_to(fd, &asked);
	receive_from(fd, &asked, "hit x\n");
}

static void decoyed(int fd)
{
	struct uh_peer asked = destination(0);

	send_to(fd, &asked);
	receive_from(fd, &asked, "decoy x\n");
}

/* Sockets that may broadcast, or take any source address, are left alone. */
static void other_sockets(void)
{
	int one = 1, zero = 0, fd = new_socket();

	SAME(setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one)), 0);
	decoyed(fd);
	SAME(setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &zero, sizeof(zero)), 0);
	send_to(fd, &(struct uh_peer){.storage = destination(0).storage, .length = 16});
	receive_from(fd, &(struct uh_peer){.storage = destination(0).storage, .length = 16},
		     "hit x\n");
	SAME(setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one)), 0);
	decoyed(fd);
	fd = used_socket();
	SAME(setsockopt(dup(fd), SOL_SOCKET, SO_BROADCAST, &one, sizeof(one)), 0);
	decoyed(fd);
	fd = new_socket();
	if (setsockopt(fd, IPPROTO_IP, IP_TRANSPARENT, &one, sizeof(one)) == 0)
		decoyed(fd);
	fd = socket(AF_INET, SOCK_RAW, IPPROTO_UDP);
	if (fd >= 0) {
		struct uh_peer asked = uh_peer("203.0.113.1", 0), from = {.length = 16};
		const unsigned char header[8] = {0, 9, 0x04, 0x4d, 0, 8}; /* to port 1101 */
		unsigned char got[64];

		SAME(sendto(fd, header, 8, 0, &asked.address, asked.length), 8);
		wait_for(fd);
		SAME(recvfrom(fd, got, sizeof(got), 0, &from.address, &from.length), 28);
		SAME(memcmp(got + 16, "\xcb\x00\x71\x01", 4), 0); /* to 203.0.113.1 */
	}
}

/* A prefix is not for them. */
static void groups(void)
{
	struct uh_peer group = uh_peer("224.0.0.251", 1130),
		       exact = uh_peer("224.0.0.252", 1130),
		       in_prefix = uh_peer("225.1.1.1", 1130);
	int fd = new_socket(), error;

	send_to(fd, &exact);
	receive_from(fd, &exact, "hit x\n");
	error = sendto(fd, "x\n", 2, 0, &group.address, group.length) < 0 ? errno : 0;
	CHECK(error == 0 || error == ENETUNREACH);
	error = sendto(fd, "x\n", 2, 0, &in_prefix.address, in_prefix.length) < 0 ? errno : 0;
	CHECK(error == 0 || error == ENETUNREACH);
	SAME(poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 200), 0);
}

/* An IPv4 address on an IPv6 socket, in mapped form and in its own. */
static void mapped(void)
{
	struct uh_peer asked = uh_peer("::ffff:203.0.113.1", 1101), own = destination(0);
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0),
	    second = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), one = 1;

	send_to(fd, &asked);
	receive_from(fd, &asked, "hit x\n");
	send_to(fd, &own);
	receive_from(fd, &asked, "hit x\n");
	SAME(connect(fd, &own.address, own.length), 0);
	SAME(send(fd, "x\n", 2, 0), 2);
	receive_from(fd, &asked, "hit x\n");
	SAME(setsockopt(second, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)), 0);
	FAILS(connect(second, &own.address, own.length), EAFNOSUPPORT);
}

/* An IPv6 socket that cannot send to IPv4 sends to the original address. */
static void only_v6(void)
{
	struct uh_peer asked = uh_peer("2001:db8::1", 1123), here = uh_peer("::1", 0);
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), one = 1;

	send_to(fd, &asked);
	receive_from(fd, &asked, "hit x\n");
	fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	SAME(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)), 0);
	send_to(fd, &asked);
	receive_from(fd, &asked, "decoy x\n");
	fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	SAME(bind(fd, &here.address, here.length), 0);
	send_to(fd, &asked);
	receive_from(fd, &asked, "decoy x\n");
}

/* Datagrams go to the first IP target, though nobody may be there. */
static void first_ip_target(void)
{
	struct uh_peer asked = uh_peer("203.0.113.1", 1124),
		       silent = uh_peer("203.0.113.1", 1120);
	int fd = new_socket();

	send_to(fd, &asked);
	receive_from(fd, &asked, "hit x\n");
	send_to(fd, &silent);
	SAME(poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 200), 0);
}

/* Only a socket can be asked if a page is writable. */
static void batch_of_no_socket(void)
{
	struct uh_peer asked = destination(0);
	struct mmsghdr message = {.msg_hdr = {.msg_name = &asked.address,
					      .msg_namelen = asked.length,
					      .msg_iov = &part,
					      .msg_iovlen = 1}};
	struct mmsghdr *unwritable =
	    mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = new_socket(), file = memfd_create("test", MFD_CLOEXEC);

	CHECK(unwritable != MAP_FAILED);
	*unwritable = message;
	SAME(mprotect(unwritable, 4096, PROT_READ), 0);
	FAILS(sendmmsg(fd, unwritable, 1, 0), EFAULT);
	FAILS(sendmmsg(-1, unwritable, 1, 0), EBADF);
	FAILS(sendmmsg(file, unwritable, 1, 0), ENOTSOCK);
}

/* A refused datagram fails as under a firewall. The messages before it in a batch are sent. */
static void refused(void)
{
	struct uh_peer asked = destination(0), fenced = uh_peer("203.0.113.1", 1125);
	struct msghdr message = {.msg_name = &fenced.address,
				 .msg_namelen = fenced.length,
				 .msg_iov = &part,
				 .msg_iovlen = 1};
	struct mmsghdr messages[3] = {{.msg_hdr = message}, {.msg_hdr = message}};
	int fd = new_socket();

	FAILS(sendto(fd, "x\n", 2, 0, &fenced.address, fenced.length), EPERM);
	FAILS(sendmsg(fd, &message, 0), EPERM);
	FAILS(sendmmsg(fd, messages, 2, 0), EPERM);
	message.msg_name = &asked.address;
	messages[0].msg_hdr = messages[2].msg_hdr = message;
	SAME(sendmmsg(fd, messages, 3, 0), 1);
	SAME(messages[0].msg_len, 2);
	receive_from(fd, &asked, "hit x\n");
	SAME(poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 200), 0);
}

/* With a connected socket in between: what is asked for stays the socket's. */
static void connects_in_between(void)
{
	struct uh_peer first = destination(0), second = destination(1);
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	int fd = new_socket();

	send_to(fd, &first);
	wait_for(fd); /* it would not arrive later */
	SAME(connect(fd, &second.address, second.length), 0);
	receive_from(fd, &first, "hit x\n");
	SAME(send(fd, "x\n", 2, 0), 2);
	receive_from(fd, &second, "hit x\n");
	send_to(fd, &second);
	receive_from(fd, &second, "hit x\n");
	SAME(send(fd, "x\n", 2, 0), 2);
	wait_for(fd);
	SAME(connect(fd, &none, sizeof(none)), 0);
	receive_from(fd, &second, "hit x\n");
	send_to(fd, &first);
	receive_from(fd, &first, "hit x\n");
}

/* The sender's name on a connected socket is the peer's. */
static void connected(void)
{
	struct uh_peer asked = uh_public();
	char text[64] = "";
	struct uh_peer from;
	struct iovec in = {text, sizeof(text) - 1};
	struct mmsghdr message = {.msg_hdr = {.msg_name = &from.storage,
					      .msg_namelen = sizeof(from.storage),
					      .msg_iov = &in,
					      .msg_iovlen = 1}};
	int fd = new_socket();

	SAME(connect(fd, &asked.address, asked.length), 0);
	SAME(send(fd, "x\n", 2, 0), 2);
	receive_from(fd, &asked, uh_in(UH_REPLACED) ? "decoy x\n" : "hit x\n");
	SAME(send(fd, "x\n", 2, 0), 2);
	wait_for(fd);
	SAME(recvmmsg(fd, &message, 1, 0, NULL), 1);
	from.length = message.msg_hdr.msg_namelen;
	SAME(from.length, asked.length);
	CHECK(uh_peers_equal(&from, &asked));
	send_to(fd, &asked);
	receive_from(fd, &asked, uh_in(UH_REPLACED) ? "decoy x\n" : "hit x\n");
	if (uh_family == AF_INET6) {
		struct uh_peer elsewhere = uh_peer("::ffff:203.0.113.1", UH_PORT_PLAIN);

		send_to(fd, &elsewhere);
	}
}

static int passed(int fd)
{
	int pair[2], got;
	char control[CMSG_SPACE(sizeof(int))], byte = 'x';
	struct iovec data = {&byte, 1};
	struct msghdr message = {.msg_iov = &data,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control)};

	memset(control, 0, sizeof(control));
	CMSG_FIRSTHDR(&message)->cmsg_level = SOL_SOCKET;
	CMSG_FIRSTHDR(&message)->cmsg_type = SCM_RIGHTS;
	CMSG_FIRSTHDR(&message)->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), &fd, sizeof(fd));
	SAME(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	SAME(sendmsg(pair[0], &message, 0), 1);
	SAME(recvmsg(pair[1], &message, 0), 1);
	memcpy(&got, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(got));
	close(pair[0]);
	close(pair[1]);
	return got;
}

static void passes_itself(void)
{
	struct uh_peer asked = destination(0);
	int fd = new_socket(), copy = passed(fd), later;

	send_to(fd, &asked);
	receive_from(copy, &asked, "hit x\n");
	later = passed(fd);
	close(fd);
	send_to(later, &asked);
	receive_from(copy, &asked, "hit x\n");
}

enum { THREADS = 4, ROUNDS = 300 };

/* One socket for all threads: each answer bears one of the addresses. */
static void *sends_and_receives(void *argument)
{
	int fd = *(int *)argument;

	for (int i = 0; i < ROUNDS; i++) {
		struct uh_peer asked = destination(i % 8), from = {.length = 128};
		char text[16] = "";

		send_to(fd, &asked);
		if (recvfrom(fd, text, sizeof(text) - 1, MSG_DONTWAIT, &from.address,
			     &from.length) < 0)
			continue;
		from.length = 16;
		CHECK(uh_port_of(&from) >= 1101 && uh_port_of(&from) <= 1108);
	}
	return NULL;
}

static void threads(void)
{
	pthread_t thread[THREADS];
	int fd = new_socket();

	for (int i = 0; i < 8; i++) { /* all are known before the race */
		struct uh_peer asked = destination(i);

		send_to(fd, &asked);
		receive_from(fd, &asked, "hit x\n");
	}
	for (int i = 0; i < THREADS; i++)
		SAME(pthread_create(&thread[i], NULL, sends_and_receives, &fd), 0);
	for (int i = 0; i < THREADS; i++)
		SAME(pthread_join(thread[i], NULL), 0);
}

/* Within a second or two of the change; the file is the whole configuration. */
static void configuration_changes(void)
{
	struct uh_peer asked = uh_peer("203.0.113.1", 1131), from;
	const char line[] = "\nroute \"203.0.113.1:1131\" { to = \"127.0.0.27:7000\" "
			    "protocol = \"any\" }\n";
	int fd = new_socket(),
	    file = open(uh_path("unhairpin.conf"), O_WRONLY | O_APPEND | O_CLOEXEC);
	char text[64] = "";

	send_to(fd, &asked);
	receive_from(fd, &asked, "decoy x\n");
	SAME(write(file, line, sizeof(line) - 1), sizeof(line) - 1);
	close(file);
	for (int i = 0; i < 100 && strcmp(text, "hit x\n") != 0; i++) {
		usleep(100000);
		send_to(fd, &asked);
		wait_for(fd);
		memset(text, 0, sizeof(text));
		from.length = sizeof(from.storage);
		CHECK(recvfrom(fd, text, sizeof(text) - 1, 0, &from.address, &from.length) > 0);
		CHECK(uh_peers_equal(&from, &asked));
	}
	TEXT(text, "hit x\n");
}

/* A thread that waits for answers before the first datagram is sent. */
static void *waits(void *argument)
{
	int *fd = argument;
	struct uh_peer asked = destination(0);

	receive_from(fd[0], &asked, "hit x\n");
	return NULL;
}

static void *waits_for_message(void *argument)
{
	int *fd = argument;
	struct uh_peer asked = destination(0), from;
	char text[64] = "";
	struct iovec in = {text, sizeof(text) - 1};
	struct mmsghdr message = {.msg_hdr = {.msg_name = &from.storage,
					      .msg_namelen = sizeof(from.storage),
					      .msg_iov = &in,
					      .msg_iovlen = 1}};

	if (fd[1])
		SAME(recvmmsg(fd[0], &message, 1, 0, NULL), 1);
	else
		CHECK(recvmsg(fd[0], &message.msg_hdr, 0) > 0);
	from.length = message.msg_hdr.msg_namelen;
	CHECK(uh_peers_equal(&from, &asked));
	return NULL;
}

static void *waits_for_datagram(void *argument)
{
	int *fd = argument;
	struct uh_peer asked = destination(0), from = {.length = sizeof(from.storage)};
	char text[64];

	CHECK(recvfrom(fd[0], text, sizeof(text), 0, &from.address, &from.length) > 0);
	CHECK(uh_peers_equal(&from, &asked));
	return NULL;
}

static void waiting_first(void)
{
	void *(*const wait[])(void *) = {waits_for_datagram, waits, waits_for_message,
					 waits_for_message};
	struct uh_peer asked = destination(0);

	for (int i = 0; i < 4; i++) {
		int fd[2] = {new_socket(), i == 3};
		pthread_t thread;

		SAME(pthread_create(&thread, NULL, wait[i], fd), 0);
		usleep(100000);
		send_to(fd[0], &asked);
		SAME(pthread_join(thread, NULL), 0);
	} /* open still: each has a number of its own */
}

static const struct uh_test tests[] = {
    {"datagrams by sendto", by_sendto, UH_EVERY, 0, 0},
    {"datagrams by sendmsg", by_sendmsg, UH_EVERY, 0, 0},
    {"datagrams by sendmmsg", by_sendmmsg, UH_EVERY, 0, 0},
    {"datagrams by a large recvmmsg", very_many, UH_EVERY, 0, 0},
    {"datagrams and short names", short_names, UH_EVERY, 0, 0},
    {"datagrams and short names of recvmmsg", short_names_of_many, UH_EVERY, 0, 0},
    {"datagrams on a connected socket", connected, UH_EVERY, 0, 0},
    {"datagrams and the error queue", error_queue, UH_PRELOADED | UH_V4, 0, 0},
    {"datagrams to many destinations", many_destinations, UH_PRELOADED | UH_V4, 0, 0},
    {"datagrams to one target", one_target_for_two, UH_PRELOADED | UH_V4, 0, 0},
    {"datagrams to a target itself", target_itself, UH_PRELOADED | UH_V4, 0, 0},
    {"datagrams and a reused number", number_reused, UH_PRELOADED | UH_V4, 0, 0},
    {"datagrams and a number reused past us", learns_again, UH_PRELOADED | UH_V4, 0, 0},
    {"datagrams and copies", copies, UH_PRELOADED | UH_V4, 0, 0},
    {"datagrams and a child", forks, UH_PRELOADED | UH_V4, 0, 0},
    {"datagrams of other sockets", other_sockets, UH_PRELOADED | UH_V4, 0, 0},
    {"datagrams to groups", groups, UH_PRELOADED | UH_V4, 0, 0},
    {"datagrams on an IPv6 socket", mapped, UH_PRELOADED | UH_V4, 0, 0},
    {"datagrams on a socket for IPv6 alone", only_v6, UH_PRELOADED | UH_V6, 0, 0},
    {"datagrams to the first IP target", first_ip_target, UH_PRELOADED | UH_V4, 0, 0},
    {"datagrams and what is no socket", batch_of_no_socket, UH_PRELOADED | UH_V4, 0, 0},
    {"datagrams that are refused", refused, UH_PRELOADED | UH_V4, 0, 0},
    {"datagrams and connect", connects_in_between, UH_PRELOADED | UH_V4, 0, 0},
    {"datagrams and a passed descriptor", passes_itself, UH_PRELOADED | UH_V4, 0, 0},
    {"datagrams and a changed configuration", configuration_changes, UH_PRELOADED | UH_V4, 0,
     0},
    {"datagrams for a waiting thread", waiting_first, UH_PRELOADED | UH_V4, 0, 0},
    {"datagrams of threads", threads, UH_PRELOADED | UH_V4, 0, 0},
};

UH_SUITE(tests,
	 "route \"203.0.113.1:1101\" { to = \"127.0.0.11:7000\" protocol = \"udp\" }\n"
	 "route \"203.0.113.1:1102\" { to = \"127.0.0.12:7000\" protocol = \"any\" }\n"
	 "route \"203.0.113.1:1103\" { to = \"127.0.0.13:7000\" protocol = \"udp\" }\n"
	 "route \"203.0.113.1:1104\" { to = \"127.0.0.14:7000\" protocol = \"udp\" }\n"
	 "route \"203.0.113.1:1105\" { to = \"127.0.0.15:7000\" protocol = \"udp\" }\n"
	 "route \"203.0.113.1:1106\" { to = \"127.0.0.16:7000\" protocol = \"udp\" }\n"
	 "route \"203.0.113.1:1107\" { to = \"127.0.0.17:7000\" protocol = \"udp\" }\n"
	 "route \"203.0.113.1:1108\" { to = \"127.0.0.18:7000\" protocol = \"udp\" }\n"
	 "route \"203.0.113.1:1109\" { to = \"127.0.0.19:7000\" protocol = \"udp\" }\n"
	 "route \"203.0.113.1:1120\" { to = {\"127.0.0.20:7999\", \"127.0.0.21:7000\"}\n"
	 "                           protocol = \"udp\" }\n"
	 "route \"203.0.113.1:1121\" { to = \"127.0.0.22:7000\" protocol = \"udp\" }\n"
	 "route \"203.0.113.1:1122\" { to = \"127.0.0.22:7000\" protocol = \"udp\" }\n"
	 "route \"[2001:db8::1]:1123\" { to = \"127.0.0.23:7000\" protocol = \"udp\" }\n"
	 "route \"203.0.113.1:1124\" { to = {\"unix:$DIR/hit.sock\", \"127.0.0.24:7000\"}\n"
	 "                           protocol = \"any\" }\n"
	 "route \"203.0.113.1:1125\" { to = \"refuse\" protocol = \"any\" }\n"
	 "route \"224.0.0.0/3:1130\" { to = \"127.0.0.25:7000\" protocol = \"udp\" }\n"
	 "route \"224.0.0.252:1130\" { to = \"127.0.0.26:7000\" protocol = \"udp\" }\n");

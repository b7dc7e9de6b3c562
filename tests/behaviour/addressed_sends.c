/* SPDX-License-Identifier: MIT */
/* addressed_sends.c: sendto, sendmsg and sendmmsg with an address on a connected TCP socket,
 * which heeds none, but reads it. */
#include <fcntl.h>
#include <sys/mman.h>
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

enum { PAGE = 65536 }; /* as large as any machine's are, and a multiple of smaller ones */

enum { MESSAGES = 1030, LONG = 65536 };

static struct uh_peer named;
static struct iovec part = {"a", 1};
static struct mmsghdr messages[MESSAGES];

/* Messages of one part, to the address that was asked for. */
static void fill(struct mmsghdr *message, unsigned count)
{
	named = uh_public();
	for (unsigned i = 0; i < count; i++)
		message[i] = (struct mmsghdr){.msg_hdr = {.msg_name = &named.address,
							  .msg_namelen = named.length,
							  .msg_iov = &part,
							  .msg_iovlen = 1}};
}

/* With an address or without, each is sent, and the program's own are as they were. */
static void by_sendmmsg(void)
{
	struct uh_peer elsewhere = uh_public_port(UH_PORT_NOBODY);
	int fd = uh_connected();

	fill(messages, 5);
	messages[0].msg_hdr.msg_name = messages[3].msg_hdr.msg_name = NULL;
	messages[0].msg_hdr.msg_namelen = messages[3].msg_hdr.msg_namelen = 0;
	messages[2].msg_hdr.msg_name = &elsewhere.address;
	errno = 0;
	SAME(sendmmsg(fd, messages, 5, MSG_NOSIGNAL), 5);
	SAME(errno, 0);
	for (int i = 0; i < 5; i++)
		SAME(messages[i].msg_len, 1);
	CHECK(messages[1].msg_hdr.msg_name == &named.address);
	SAME(messages[1].msg_hdr.msg_namelen, named.length);
	SAME(sendmmsg(fd, messages, 0, MSG_NOSIGNAL), 0);
	SAME(sendmmsg(fd, messages, MESSAGES, MSG_NOSIGNAL), 1024); /* UIO_MAXIOV */
	SAME(messages[1024].msg_len, 0);
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

/* Twice PAGE; what is written to the second, or read from it, is a fault. */
static char *make_pages(void)
{
	char *page =
	    mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(page != MAP_FAILED);
	SAME(mprotect(page + PAGE, PAGE, PROT_NONE), 0);
	return page;
}

/* An error counts only for the first message. */
static void bad_pointers(void)
{
	char *page = make_pages();
	struct mmsghdr *last = (struct mmsghdr *)(page + PAGE) - 2, *volatile null = NULL;
	int fd = uh_connected(), file = open("/dev/null", O_RDWR | O_CLOEXEC);

	fill(last, 2);
	FAILS(sendmmsg(-1, last, 1, 0), EBADF);
	FAILS(sendmmsg(-1, null, 0, 0), EBADF);
	FAILS(sendmmsg(file, last, 1, 0), ENOTSOCK);
	FAILS(sendmmsg(fd, null, 1, 0), EFAULT);
	FAILS(sendmmsg(fd, last + 2, 1, 0), EFAULT);
	SAME(sendmmsg(fd, last, 3, 0), 2);
	last[1].msg_hdr.msg_name = (void *)1;
	SAME(sendmmsg(fd, last, 2, 0), 1);
	FAILS(sendmmsg(fd, last + 1, 1, 0), EFAULT);
	FAILS(sendmsg(fd, &last[1].msg_hdr, 0), EFAULT);
	FAILS(sendto(fd, "a", 1, 0, last[1].msg_hdr.msg_name, named.length), EFAULT);
	last[1].msg_hdr.msg_name = &named;
	last[1].msg_hdr.msg_namelen = 129; /* cut off */
	SAME(sendmmsg(fd, last, 2, 0), 2);
	FAILS(sendto(fd, "a", 1, 0, &named.address, 129), EINVAL);
	last[1].msg_hdr.msg_namelen = (socklen_t)-1;
	FAILS(sendmmsg(fd, last + 1, 1, 0), EINVAL);
	last[1].msg_hdr.msg_namelen = named.length;
	last[1].msg_hdr.msg_iov = (void *)1;
	FAILS(sendmmsg(fd, last + 1, 2, 0), EFAULT);
	uh_talk(fd);
}

/* The message has gone out when its length can't be written. */
static void read_only_messages(void)
{
	char *page = make_pages();
	struct mmsghdr *message = (struct mmsghdr *)page;
	int fd = uh_connected();

	fill(message, 2);
	part = (struct iovec){"a\n", 2};
	SAME(mprotect(page, PAGE, PROT_READ), 0);
	FAILS(sendmmsg(fd, message, 2, MSG_NOSIGNAL), EFAULT);
	uh_expect(fd, "hit a\n");
	uh_talk(fd);
}

/* No message is sent after one of which only a part fits. */
static void partly(void)
{
	static char text[LONG];
	int fd = uh_connected(), sent, flags = fcntl(fd, F_GETFL);

	SAME(fcntl(fd, F_SETFL, flags | O_NONBLOCK), 0);
	part = (struct iovec){text, sizeof(text)};
	do {
		fill(messages, MESSAGES);
		sent = sendmmsg(fd, messages, MESSAGES, MSG_NOSIGNAL);
		for (int i = 0; i < sent - 1; i++)
			SAME(messages[i].msg_len, LONG);
	} while (sent == 1024);
	SAME(sent < 0 ? errno : EAGAIN, EAGAIN);
}

static const struct uh_test tests[] = {
    {"sendto with an address on a connection", by_sendto, UH_EVERY, 0, 0},
    {"sendmsg with an address on a connection", by_sendmsg, UH_EVERY, 0, 0},
    {"sendmmsg with addresses on a connection", by_sendmmsg, UH_EVERY, 0, 0},
    {"sendmmsg with bad pointers", bad_pointers, UH_EVERY, 0, 0},
    {"sendmmsg with read-only messages", read_only_messages, UH_EVERY, 0, 0},
    {"sendmmsg of which a part fits", partly, UH_EVERY, 0, 0},
    {"sendto with an address on a copy", on_a_copy, UH_EVERY, 0, 0},
};

UH_SUITE(tests, NULL);

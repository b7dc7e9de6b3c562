/* SPDX-License-Identifier: MIT */
/*
 * addressed_receives.c: recvfrom and recvmsg that ask for the sender: a TCP connection names
 * none, and has an error queue.
 */
#include <netinet/in.h>
#include <sys/uio.h>

#include "harness.h"

/* Room for an IP address, as programs have it, and what lies behind. */
struct place {
	struct sockaddr_in6 name;
	unsigned char behind[128];
};

static struct place untouched(void)
{
	struct place place;

	memset(&place, 0xa5, sizeof(place));
	return place;
}

static void is_untouched(const struct place *place)
{
	const struct place wanted = untouched();

	SAME(memcmp(place, &wanted, sizeof(wanted)), 0);
}

/* A connection with an answer to read: "hit" and what follows on its line. */
static int answered(void)
{
	char first;
	int fd = uh_connected();

	SAME(send(fd, "who\n", 4, MSG_NOSIGNAL), 4);
	SAME(recv(fd, &first, 1, MSG_PEEK), 1);
	return fd;
}

static void receive(int fd, char wanted)
{
	struct place place = untouched();
	socklen_t length = sizeof(place.name);
	char byte = 0;

	SAME(recvfrom(fd, &byte, 1, 0, (struct sockaddr *)&place.name, &length), 1);
	SAME(byte, wanted);
	SAME(length, 0);
	is_untouched(&place);
}

static void by_recvfrom(void)
{
	int fd = answered(), copy;
	char byte = 0;

	receive(fd, 'h');
	SAME(recvfrom(fd, &byte, 1, MSG_DONTWAIT, NULL, NULL), 1);
	SAME(byte, 'i');
	copy = dup(fd);
	close(fd);
	receive(copy, 't');
}

/* Errors are those of libc's own call, and nothing is taken off. */
static void bad_lengths(void)
{
	struct sockaddr_storage name;
	socklen_t length = (socklen_t)-1, *volatile nowhere = NULL;
	int fd = answered();
	char byte;

	FAILS(recvfrom(fd, &byte, 1, MSG_PEEK, (struct sockaddr *)&name, &length), EINVAL);
	FAILS(recvfrom(fd, &byte, 1, MSG_PEEK, (struct sockaddr *)&name, nowhere), EFAULT);
	length = sizeof(name);
	FAILS(recvfrom(-1, &byte, 1, 0, (struct sockaddr *)&name, &length), EBADF);
	SAME(length, sizeof(name));
	receive(fd, 'h');
}

static void by_recvmsg(void)
{
	struct place place = untouched();
	char byte = 0, control[64];
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_name = &place.name,
				 .msg_namelen = sizeof(place.name),
				 .msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control),
				 .msg_flags = -1};
	int fd = answered();

	SAME(recvmsg(fd, &message, 0), 1);
	SAME(byte, 'h');
	CHECK(message.msg_name == &place.name);
	SAME(message.msg_namelen, 0);
	SAME(message.msg_controllen, 0);
	SAME(message.msg_flags, 0);
	is_untouched(&place);
	message.msg_namelen = (socklen_t)-1;
	FAILS(recvmsg(fd, &message, 0), EINVAL);
	message.msg_name = NULL;
	SAME(recvmsg(fd, &message, 0), 1);
	SAME(byte, 'i');
}

/* Looking for errors takes no data. */
static void error_queue(void)
{
	struct place place = untouched();
	socklen_t length = sizeof(place.name);
	char byte;
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	int fd = answered();

	FAILS(recvmsg(fd, &message, MSG_ERRQUEUE), EAGAIN);
	FAILS(recvfrom(fd, &byte, 1, MSG_ERRQUEUE, NULL, NULL), EAGAIN);
	FAILS(recvfrom(fd, &byte, 1, MSG_ERRQUEUE, (struct sockaddr *)&place.name, &length),
	      EAGAIN);
	receive(fd, 'h');
}

static void at_the_end(void)
{
	struct place place = untouched();
	socklen_t length = sizeof(place.name);
	int fd = uh_connected();
	char byte;

	SAME(shutdown(fd, SHUT_RDWR), 0);
	SAME(recvfrom(fd, &byte, 1, 0, (struct sockaddr *)&place.name, &length), 0);
	SAME(length, 0);
	is_untouched(&place);
}

static const struct uh_test tests[] = {
    {"recvfrom names no sender", by_recvfrom, UH_EVERY, 0, 0},
    {"recvfrom with bad lengths", bad_lengths, UH_EVERY, 0, 0},
    {"recvmsg names no sender", by_recvmsg, UH_EVERY, 0, 0},
    {"an empty error queue", error_queue, UH_EVERY, 0, 0},
    {"recvfrom at the end", at_the_end, UH_EVERY, 0, 0},
};

UH_SUITE(tests, NULL);

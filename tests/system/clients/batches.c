/* SPDX-License-Identifier: MIT */
/*
 * batches.c: sendmmsg(2) to several destinations at once, and recvmmsg(2) into name buffers of
 * every size. Prints what each call returned, and the answers with their senders.
 *
 * usage: batches HOST PORT OTHER-PORT LOOPBACK-PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

enum {
	BATCH = 5,    /* messages of a batch */
	FAILING = 3,  /* the index of the message that is too long for IP */
	HUGE = 70000, /* bytes */
	ROOM = 100,   /* bytes for the text of an answer */
	GUARD = 0xee, /* fills the name buffers */
};

static struct sockaddr_in at(const char *host, const char *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)atoi(port))};

	inet_pton(AF_INET, host, &address.sin_addr);
	return address;
}

static void say_address(const struct sockaddr_in *address)
{
	char host[INET_ADDRSTRLEN];

	printf("%s:%d", inet_ntop(AF_INET, &address->sin_addr, host, sizeof(host)),
	       ntohs(address->sin_port));
}

static void say_sent(const char *what, int sent)
{
	printf("%s: %d %s\n", what, sent, sent < 0 ? strerror(errno) : "");
}

static int compare_lines(const void *one, const void *other)
{
	return strcmp(one, other);
}

/* Several servers answer, in an order of their own. */
static void say_answers(int fd, int expected)
{
	char line[BATCH][2 * ROOM];
	int count = 0;

	while (count < expected) {
		struct sockaddr_in name[2];
		char text[2][ROOM];
		struct iovec part[2] = {{text[0], ROOM}, {text[1], ROOM}};
		struct mmsghdr message[2] = {
		    {.msg_hdr = {.msg_name = &name[0],
				 .msg_namelen = sizeof(name[0]),
				 .msg_iov = &part[0],
				 .msg_iovlen = 1}},
		    {.msg_hdr = {.msg_name = &name[1],
				 .msg_namelen = sizeof(name[1]),
				 .msg_iov = &part[1],
				 .msg_iovlen = 1}},
		};
		int got =
		    recvmmsg(fd, message, expected - count > 1 ? 2 : 1, MSG_WAITFORONE, NULL);

		if (got < 0) {
			perror("recvmmsg");
			exit(1);
		}
		for (int i = 0; i < got; i++) {
			char host[INET_ADDRSTRLEN];

			inet_ntop(AF_INET, &name[i].sin_addr, host, sizeof(host));
			snprintf(line[count++], sizeof(line[0]), "%s:%d %.*s", host,
				 ntohs(name[i].sin_port), (int)message[i].msg_len, text[i]);
		}
	}
	qsort(line, (size_t)count, sizeof(line[0]), compare_lines);
	for (int i = 0; i < count; i++)
		puts(line[i]);
}

/* One batch: two places at HOST, loopback between them, a failure, and one message after the
 * failure. */
static void send_batch(int fd, char **argument)
{
	static char huge[HUGE];
	struct sockaddr_in to[BATCH] = {
	    at(argument[1], argument[2]), at("127.0.0.1", argument[4]),
	    at(argument[1], argument[3]), at(argument[1], argument[2]),
	    at(argument[1], argument[2])};
	struct iovec part[BATCH] = {
	    {"one", 3}, {"two", 3}, {"three", 5}, {huge, HUGE}, {"five", 4}};
	struct mmsghdr message[BATCH] = {0};

	for (int i = 0; i < BATCH; i++)
		message[i].msg_hdr = (struct msghdr){.msg_name = &to[i],
						     .msg_namelen = sizeof(to[i]),
						     .msg_iov = &part[i],
						     .msg_iovlen = 1};
	say_sent("up to the failure", sendmmsg(fd, message, BATCH, 0));
	say_sent("the failure", sendmmsg(fd, message + FAILING, BATCH - FAILING, 0));
	say_sent("the rest", sendmmsg(fd, message + FAILING + 1, BATCH - FAILING - 1, 0));
	for (int i = 0; i < BATCH; i++) {
		say_address(&to[i]);
		printf(" %u bytes, name of %u\n", message[i].msg_len,
		       message[i].msg_hdr.msg_namelen);
	}
	say_answers(fd, BATCH - 1);
}

/* The sizes of the name buffers; the last message has no buffer. */
static const socklen_t sizes[] = {sizeof(struct sockaddr_storage), sizeof(struct sockaddr_in),
				  6, 0, sizeof(struct sockaddr_in)};

static void receive_names(int fd, char **argument)
{
	enum { COUNT = sizeof(sizes) / sizeof(sizes[0]) };
	const struct sockaddr_in to = at(argument[1], argument[2]);
	unsigned char name[COUNT][sizeof(struct sockaddr_storage)];
	char text[COUNT][ROOM] = {{0}};
	struct iovec part[COUNT];
	struct mmsghdr message[COUNT] = {0};
	int got;

	memset(name, GUARD, sizeof(name));
	for (int i = 0; i < COUNT; i++) {
		sendto(fd, "name", 4, 0, (const struct sockaddr *)&to, sizeof(to));
		part[i] = (struct iovec){text[i], ROOM};
		message[i].msg_hdr = (struct msghdr){.msg_name = i < COUNT - 1 ? name[i] : NULL,
						     .msg_namelen = sizes[i],
						     .msg_iov = &part[i],
						     .msg_iovlen = 1};
	}
	got = recvmmsg(fd, message, COUNT, 0, NULL);
	say_sent("received", got);
	for (int i = 0; i < got; i++) {
		printf("%.*s, name of %u:", (int)message[i].msg_len, text[i],
		       message[i].msg_hdr.msg_namelen);
		for (size_t j = 0; j < sizeof(struct sockaddr_in) + 2; j++)
			printf(" %02x", name[i][j]);
		putchar('\n');
	}
}

int main(int count, char **argument)
{
	const struct timeval patience = {.tv_sec = 5};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (count != 5 || fd < 0)
		return 2;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	send_batch(fd, argument);
	receive_names(fd, argument);
	return 0;
}

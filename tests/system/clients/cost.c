/* SPDX-License-Identifier: MIT */
/*
 * cost.c: does one thing COUNT times and nothing else, to be counted: connects fresh sockets to
 * ADDRESS:PORT and closes them, or sends datagrams there from one socket.
 */
#define _GNU_SOURCE /* sendmmsg */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

static struct sockaddr_in address = {.sin_family = AF_INET};

static int connects(int type)
{
	int fd = socket(AF_INET, type, 0);
	int failed = connect(fd, (struct sockaddr *)&address, sizeof(address));

	close(fd);
	return failed;
}

static int sends(int fd)
{
	return sendto(fd, "x", 1, 0, (struct sockaddr *)&address, sizeof(address)) != 1;
}

/* The address of each datagram is in another page, as those of a server's clients are. */
static int sends_from_pages(int fd)
{
	enum { PAGES = 256, PAGE = 4096 };
	static _Alignas(PAGE) char page[PAGES][PAGE];
	int failed = 0;

	for (int i = 0; i < PAGES; i++) {
		memcpy(page[i], &address, sizeof(address));
		failed |=
		    sendto(fd, "x", 1, 0, (struct sockaddr *)page[i], sizeof(address)) != 1;
	}
	return failed;
}

/* An answer is there at once: the server is on this host. */
static int talks(int fd)
{
	struct sockaddr_in from;
	socklen_t length = sizeof(from);
	char answer[16];

	return sends(fd) ||
	       recvfrom(fd, answer, sizeof(answer), 0, (struct sockaddr *)&from, &length) <= 0;
}

static int sends_together(int fd)
{
	enum { TOGETHER = 8 };
	struct iovec part = {"x", 1};
	struct mmsghdr messages[TOGETHER];

	for (int i = 0; i < TOGETHER; i++)
		messages[i] = (struct mmsghdr){.msg_hdr = {.msg_name = &address,
							   .msg_namelen = sizeof(address),
							   .msg_iov = &part,
							   .msg_iovlen = 1}};
	return sendmmsg(fd, messages, TOGETHER, 0) != TOGETHER;
}

/* usage: cost tcp|udp|send|pages|talk|together ADDRESS PORT COUNT */
int main(int argc, char **argv)
{
	const struct timeval patience = {.tv_sec = 5};
	int fd = -1;

	if (argc != 5 || inet_pton(AF_INET, argv[2], &address.sin_addr) != 1)
		return 2;
	address.sin_port = htons((unsigned short)atoi(argv[3]));
	if (strcmp(argv[1], "tcp") != 0 && strcmp(argv[1], "udp") != 0)
		fd = socket(AF_INET, SOCK_DGRAM, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	for (int count = atoi(argv[4]); count > 0; count--) {
		int failed = strcmp(argv[1], "tcp") == 0     ? connects(SOCK_STREAM)
			     : strcmp(argv[1], "udp") == 0   ? connects(SOCK_DGRAM)
			     : strcmp(argv[1], "send") == 0  ? sends(fd)
			     : strcmp(argv[1], "pages") == 0 ? sends_from_pages(fd)
			     : strcmp(argv[1], "talk") == 0  ? talks(fd)
							     : sends_together(fd);

		if (failed)
			return 1;
	}
	return 0;
}

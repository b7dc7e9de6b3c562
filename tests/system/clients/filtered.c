/* SPDX-License-Identifier: MIT */
/*
 * filtered.c: connects COUNT sockets in one way and prints what the server says to the last:
 * to be run under a seccomp filter, so nothing else is called. With "datagram", sends datagrams
 * to a socket of its own, and answers them.
 *
 * usage: filtered blocking|nonblocking|epoll|copied|udp|datagram ADDRESS PORT COUNT
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static int is(const char *way, const char *name)
{
	return strcmp(way, name) == 0;
}

static int finish(const char *way, int fd, int set)
{
	struct pollfd wait = {.fd = fd, .events = POLLOUT};
	struct epoll_event event;

	if (is(way, "nonblocking"))
		return poll(&wait, 1, 10000) == 1 && wait.revents & POLLOUT;
	if (is(way, "epoll"))
		return epoll_wait(set, &event, 1, 10000) == 1 && event.data.u64 == 77;
	return 1;
}

/* One socket; its word goes to text. */
static int connect_one(const char *way, const struct sockaddr_in *to, int set, char *text,
		       int size)
{
	int waits = is(way, "nonblocking") || is(way, "epoll");
	int type = is(way, "udp") ? SOCK_DGRAM : SOCK_STREAM;
	int fd = socket(AF_INET, type | (waits ? SOCK_NONBLOCK : 0), 0), used = fd, got = 0,
	    more;
	struct epoll_event event = {.events = EPOLLOUT, .data.u64 = 77};

	if (is(way, "copied"))
		used = dup(fd);
	if (is(way, "epoll") && epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) != 0)
		return 0;
	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) != 0 &&
	    !(waits && finish(way, fd, set)))
		return 0;
	if (type == SOCK_STREAM) {
		event.events = EPOLLIN;
		if (is(way, "epoll") && epoll_ctl(set, EPOLL_CTL_MOD, fd, &event) != 0)
			return 0;
		do {
			struct pollfd wait = {.fd = fd, .events = POLLIN};

			if (is(way, "nonblocking"))
				poll(&wait, 1, 10000);
			if (is(way, "epoll") && epoll_wait(set, &event, 1, 10000) != 1)
				return 0;
			more = (int)read(used, text + got, (size_t)(size - got));
			got += more > 0 ? more : 0;
		} while (more > 0);
		text[got] = '\0';
	}
	close(used);
	if (used != fd)
		close(fd);
	return 1;
}

/* True if the answer bears the address that was asked for. */
static int exchange(int fd, int there, const struct sockaddr_in *to)
{
	struct sockaddr_in from;
	socklen_t length = sizeof(from);
	struct sockaddr *name = (struct sockaddr *)&from;
	char text[8];

	if (sendto(fd, "x", 1, 0, (const struct sockaddr *)to, sizeof(*to)) != 1 ||
	    recvfrom(there, text, sizeof(text), 0, name, &length) != 1 ||
	    sendto(there, "y", 1, 0, name, length) != 1)
		return 0;
	length = sizeof(from);
	return recvfrom(fd, text, sizeof(text), 0, name, &length) == 1 &&
	       from.sin_port == to->sin_port && from.sin_addr.s_addr == to->sin_addr.s_addr;
}

/* The socket that is sent to has the same port at any address, so it is where a route leads. */
static int send_datagrams(const struct sockaddr_in *to, int count)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = to->sin_port};
	int there = socket(AF_INET, SOCK_DGRAM, 0), fd = socket(AF_INET, SOCK_DGRAM, 0);
	int good = bind(there, (const struct sockaddr *)&any, sizeof(any)) == 0;

	for (; good && count > 0; count--)
		good = exchange(fd, there, to);
	close(there);
	close(fd);
	return good;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	char text[64] = "sent";
	int set = -1;

	if (argc != 5 || inet_pton(AF_INET, argv[2], &to.sin_addr) != 1)
		return 2;
	to.sin_port = htons((unsigned short)atoi(argv[3]));
	if (is(argv[1], "epoll"))
		set = epoll_create1(0);
	if (is(argv[1], "datagram") && !send_datagrams(&to, atoi(argv[4])))
		return 1;
	for (int count = atoi(argv[4]); count > 0 && !is(argv[1], "datagram"); count--)
		if (!connect_one(argv[1], &to, set, text, sizeof(text) - 1))
			return 1;
	text[strcspn(text, "\n")] = '\0';
	return write(1, text, strlen(text)) < 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * echo.c: the server's datagram sockets, which return what they are sent.
 *
 * A datagram that came to a routed address directly is returned with another first byte. Some
 * sizes have answers beyond that: two, or one of a socket that was not asked.
 */
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "differ.h"

enum { ECHOES = 64, MOST = 1024, TWICE = 7, FROM_ANOTHER = 100 };

static struct {
	int fd;
	bool direct;
} echo[ECHOES];
static unsigned count;

static void open_echo(enum address which, uint16_t port, bool direct)
{
	struct sockaddr_storage address;
	socklen_t length = make_address(which, port, &address);
	int one = 1, tos = 16,
	    fd = socket(address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
	if (bind(fd, (struct sockaddr *)&address, length) < 0)
		_exit(5);
	echo[count].fd = fd;
	echo[count++].direct = direct;
}

void echo_open(bool routed)
{
	for (int i = 0; i < 2; i++) {
		enum address which = i ? PUBLIC6 : PUBLIC4;

		open_echo(which, PORT_PLAIN, false);
		for (uint16_t n = 0; n < UDP_PORTS; n++) {
			open_echo(which, PORT_UDP + n, routed);
			open_echo(which, PORT_UDP_TARGET + n, false);
		}
		for (uint16_t n = 0; routed && n < STRESS_PORTS; n++)
			open_echo(which, PORT_STRESS_TARGET + n, false);
	}
}

static void answer(unsigned i, char *bytes, size_t size, const struct sockaddr *to,
		   socklen_t length)
{
	unsigned same_family = i < count / 2 ? 0 : count / 2;

	if (echo[i].direct && size > 0)
		bytes[0] ^= 0x20;
	sendto(echo[i].fd, bytes, size, 0, to, length);
	if (size == TWICE)
		sendto(echo[i].fd, bytes, size, 0, to, length);
	if (size == FROM_ANOTHER)
		sendto(echo[same_family].fd, bytes, size, 0, to, length);
}

void echo_all(bool answers)
{
	struct sockaddr_storage from;
	char bytes[MOST];

	for (unsigned i = 0; i < count; i++) {
		socklen_t length = sizeof(from);
		ssize_t got;

		while ((got = recvfrom(echo[i].fd, bytes, sizeof(bytes), 0,
				       (struct sockaddr *)&from, &length)) >= 0) {
			if (answers)
				answer(i, bytes, (size_t)got, (struct sockaddr *)&from, length);
			length = sizeof(from);
		}
	}
}

/* SPDX-License-Identifier: MIT */
/* cost.c: connects COUNT fresh sockets to ADDRESS:PORT and closes them, or sends COUNT
 * datagrams there from one socket: nothing else, to be counted. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int connect_each(int type, const struct sockaddr_in *address, int count)
{
	for (; count > 0; count--) {
		int fd = socket(AF_INET, type, 0);

		if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0)
			return 1;
		close(fd);
	}
	return 0;
}

static int send_each(const struct sockaddr_in *address, int count)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	for (; count > 0; count--)
		if (sendto(fd, "x", 1, 0, (const struct sockaddr *)address, sizeof(*address)) !=
		    1)
			return 1;
	return 0;
}

/* usage: cost tcp|udp|send ADDRESS PORT COUNT */
int main(int argc, char **argv)
{
	struct sockaddr_in address = {.sin_family = AF_INET};

	if (argc != 5 || inet_pton(AF_INET, argv[2], &address.sin_addr) != 1)
		return 2;
	address.sin_port = htons((unsigned short)atoi(argv[3]));
	if (strcmp(argv[1], "send") == 0)
		return send_each(&address, atoi(argv[4]));
	return connect_each(strcmp(argv[1], "tcp") == 0 ? SOCK_STREAM : SOCK_DGRAM, &address,
			    atoi(argv[4]));
}

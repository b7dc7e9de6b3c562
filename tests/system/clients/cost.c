/* SPDX-License-Identifier: MIT */
/* cost.c: connects COUNT fresh sockets to ADDRESS:PORT and closes them: nothing else, to be
 * counted. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* usage: cost tcp|udp ADDRESS PORT COUNT */
int main(int argc, char **argv)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	int type = argc > 1 && strcmp(argv[1], "tcp") == 0 ? SOCK_STREAM : SOCK_DGRAM;

	if (argc != 5 || inet_pton(AF_INET, argv[2], &address.sin_addr) != 1)
		return 2;
	address.sin_port = htons((unsigned short)atoi(argv[3]));
	for (int count = atoi(argv[4]); count > 0; count--) {
		int fd = socket(AF_INET, type, 0);

		if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
			return 1;
		close(fd);
	}
	return 0;
}

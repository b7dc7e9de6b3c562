/* SPDX-License-Identifier: MIT */
/* asker.c: connects to the address and port given for each line that it reads; prints the
 * answer. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	char line[64], word[64];

	if (argc != 3 || inet_pton(AF_INET, argv[1], &address.sin_addr) != 1)
		return 2;
	address.sin_port = htons((unsigned short)atoi(argv[2]));
	while (fgets(line, sizeof(line), stdin)) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		ssize_t got = -1;

		if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
			got = read(fd, word, sizeof(word) - 1);
		if (got < 0)
			printf("errno %d\n", errno);
		else
			printf("%.*s\n", (int)got, word);
		fflush(stdout);
		close(fd);
	}
	return 0;
}

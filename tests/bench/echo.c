/* SPDX-License-Identifier: MIT */
/* echo.c: the server of the bench; sends back what comes, on a TCP port or a Unix socket. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int listen_unix(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 128))
		return -1;
	return fd;
}

static int listen_tcp(const char *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	address.sin_port = htons((unsigned short)atoi(port));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 128))
		return -1;
	return fd;
}

/* One after the other: no poll(), so that the server's share of each measurement is the least.
 */
static void serve(int listener)
{
	char message[4096];
	ssize_t n;
	int fd;

	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		while ((n = recv(fd, message, sizeof(message), 0)) > 0)
			if (send(fd, message, (size_t)n, MSG_NOSIGNAL) != n)
				break;
		close(fd);
	}
}

int main(int argc, char **argv)
{
	int listener;

	if (argc != 2) {
		fputs("usage: echo PORT|/PATH\n", stderr);
		return 2;
	}
	listener = argv[1][0] == '/' ? listen_unix(argv[1]) : listen_tcp(argv[1]);
	if (listener >= 0)
		serve(listener);
	perror("echo");
	return 1;
}

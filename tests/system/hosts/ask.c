/* SPDX-License-Identifier: MIT */
/* ask.c: linked into the programs of test_hosts.sh, or loaded and unloaded by them. */
#include "ask.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char question[] = "GET /who HTTP/1.0\r\n\r\n";

/* The answer's last line. */
static int converse(int fd, char *word, size_t size)
{
	char answer[4096];
	size_t used = 0;
	ssize_t got;

	if (send(fd, question, sizeof(question) - 1, MSG_NOSIGNAL) < 0)
		return errno;
	while ((got = recv(fd, answer + used, sizeof(answer) - 1 - used, 0)) > 0)
		used += (size_t)got;
	if (got < 0)
		return errno;
	answer[used] = '\0';
	while (used && answer[used - 1] == '\n')
		answer[--used] = '\0';
	snprintf(word, size, "%.60s",
		 strrchr(answer, '\n') ? strrchr(answer, '\n') + 1 : answer);
	return 0;
}

static int connect_and_converse(int fd, const struct sockaddr_in *to, char *line)
{
	struct sockaddr_in peer;
	socklen_t length = sizeof(peer);
	char word[64] = "";
	int error;

	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) < 0)
		return errno;
	error = converse(fd, word, sizeof(word));
	if (error)
		return error;
	if (getpeername(fd, (struct sockaddr *)&peer, &length) < 0)
		return errno;
	snprintf(line, 256, "%d %s:%d %s\n", ntohs(to->sin_port), inet_ntoa(peer.sin_addr),
		 ntohs(peer.sin_port), word);
	return 0;
}

int ask(const char *address, int port, char *line)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), error = errno;

	inet_aton(address, &to.sin_addr);
	if (fd >= 0) {
		error = connect_and_converse(fd, &to, line);
		close(fd);
	}
	if (error)
		snprintf(line, 256, "%d: %s\n", port, strerror(error));
	return error;
}

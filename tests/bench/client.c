/* SPDX-License-Identifier: MIT */
/* client.c: times 64-byte requests and replies, with a connection for each or all on one. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "clock.h"

#define MESSAGE 64

/* Where to: "/PATH" is a program written for a Unix socket, "ADDRESS PORT" an ordinary TCP
 * client. */
struct target {
	struct sockaddr_storage address;
	socklen_t length;
};

static bool parse_target(const char *host, const char *port, struct target *target)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&target->address;
	struct sockaddr_in *in = (struct sockaddr_in *)&target->address;

	if (host[0] == '/') {
		un->sun_family = AF_UNIX;
		strncpy(un->sun_path, host, sizeof(un->sun_path) - 1);
		target->length = sizeof(*un);
		return true;
	}
	in->sin_family = AF_INET;
	in->sin_port = htons((unsigned short)atoi(port));
	target->length = sizeof(*in);
	return inet_pton(AF_INET, host, &in->sin_addr) == 1;
}

static bool round_trip(int fd)
{
	char message[MESSAGE] = "request";

	return send(fd, message, MESSAGE, MSG_NOSIGNAL) == MESSAGE &&
	       recv(fd, message, MESSAGE, MSG_WAITALL) == MESSAGE;
}

static int open_connection(const struct target *target)
{
	int fd = socket(target->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (const struct sockaddr *)&target->address, target->length)) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

/* Returns how many were made; fewer than count when one failed, with errno set. */
static size_t connections(const struct target *target, size_t count)
{
	size_t made;

	for (made = 0; made < count; made++) {
		int fd = open_connection(target);

		if (fd < 0)
			break;
		if (!round_trip(fd)) {
			close(fd);
			break;
		}
		close(fd);
	}
	return made;
}

static size_t round_trips(int fd, size_t count)
{
	size_t made = 0;

	while (made < count && round_trip(fd))
		made++;
	return made;
}

/* Prints "NANOSECONDS-EACH HOW-MANY REASON-OF-FAILURE". */
static void report(double took, size_t made, size_t count)
{
	printf("%.0f %zu %s\n", made ? took / (double)made : 0.0, made,
	       made < count ? strerror(errno) : "-");
}

static int usage(void)
{
	fputs("usage: client connections|roundtrips COUNT /PATH|ADDRESS [PORT]\n", stderr);
	return 2;
}

/* Returns the nanoseconds that all took; *made is how many. fd is for "roundtrips" alone. */
static double measure(const char *what, const struct target *target, int fd, size_t count,
		      size_t *made)
{
	double start = clock_ns();

	if (strcmp(what, "connections") == 0)
		*made = connections(target, count);
	else
		*made = round_trips(fd, count);
	return clock_ns() - start;
}

/* A first connection goes uncounted: it pays for the reading of routes, ARP and page faults. */
int main(int argc, char **argv)
{
	struct target target = {.length = 0};
	size_t count = argc > 3 ? strtoul(argv[2], NULL, 10) : 0, made;
	double took;
	int fd;

	if (!count || !parse_target(argv[3], argc > 4 ? argv[4] : "0", &target))
		return usage();
	fd = open_connection(&target);
	if (fd < 0 || !round_trip(fd)) {
		perror("client: first connection");
		return 1;
	}
	if (strcmp(argv[1], "connections") == 0)
		close(fd); /* the server takes one at a time */
	took = measure(argv[1], &target, fd, count, &made);
	report(took, made, count);
	return 0;
}

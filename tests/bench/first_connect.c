/* SPDX-License-Identifier: MIT */
/* first_connect.c: what the first connect() of a process costs: time, and memory of its own. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "clock.h"

/* The number after a line's name in smaps_rollup, in KiB. */
static long field(const char *text, const char *name)
{
	const char *line = strstr(text, name);

	return line ? strtol(line + strlen(name), NULL, 10) : 0;
}

/* Memory that no other process shares, in KiB. Allocates nothing: that would be counted too. */
static long private_kib(void)
{
	static char text[4096];
	int fd = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return field(text, "\nPrivate_Clean:") + field(text, "\nPrivate_Dirty:");
}

/* Prints the microseconds of a first connection to PATH, or to ADDRESS and PORT. */
static int connect_to(char **where)
{
	struct sockaddr_in tcp = {.sin_family = AF_INET};
	struct sockaddr_un local = {.sun_family = AF_UNIX};
	const struct sockaddr *address = (struct sockaddr *)(where[1] ? (void *)&tcp : &local);
	int fd = socket(address->sa_family, SOCK_STREAM, 0), failed;
	double took = clock_ns();

	strncpy(local.sun_path, where[0], sizeof(local.sun_path) - 1);
	if (where[1]) {
		inet_pton(AF_INET, where[0], &tcp.sin_addr);
		tcp.sin_port = htons((uint16_t)atoi(where[1]));
	}
	took = clock_ns();
	failed = connect(fd, address, where[1] ? sizeof(tcp) : sizeof(local));
	took = clock_ns() - took;
	if (failed) {
		perror("first_connect");
		return 1;
	}
	printf("%.1f\n", took / 1e3);
	return 0;
}

/*
 * Prints "MICROSECONDS PRIVATE-KIB-GAINED". Both functions run once before, to be paged in.
 * With "stay" it stays: what it has mapped is then shared with those that come after it. With
 * "to PATH" or "to ADDRESS PORT" it connects there.
 */
int main(int argc, char **argv)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(443)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	double took = clock_ns();
	long before = private_kib();

	if (argc > 2)
		return connect_to(argv + 2);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	before = private_kib();
	took = clock_ns();
	if (connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		perror("first_connect");
		return 1;
	}
	took = clock_ns() - took;
	printf("%.1f %ld\n", took / 1e3, private_kib() - before);
	fflush(stdout);
	if (argc > 1)
		pause();
	return 0;
}

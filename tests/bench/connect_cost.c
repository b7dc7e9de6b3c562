/* SPDX-License-Identifier: MIT */
/* connect_cost.c: the time of a connect() call on a fresh socket, and of nothing else. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "turns.h"

#define BATCH 64
/*
 * Two calls that are quick and always take the same way in the kernel, so that nanoseconds can
 * be seen: a UDP socket to loopback, and a TCP socket to a network that cannot be reached (run
 * it where there is no route: it must fail).
 */
static struct sockaddr_in destination(int type)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(443)};

	inet_pton(AF_INET, type == SOCK_DGRAM ? "127.0.0.1" : "198.51.100.1",
		  &address.sin_addr);
	return address;
}

/* Nanoseconds for one connect(), from BATCH of them in a row on sockets made before. */
static double batch(void *context)
{
	int type = *(int *)context, fd[BATCH];
	struct sockaddr_in address = destination(type);
	double start, took;

	for (size_t i = 0; i < BATCH; i++)
		fd[i] = socket(AF_INET, type, 0);
	start = clock_ns();
	for (size_t i = 0; i < BATCH; i++)
		connect(fd[i], (const struct sockaddr *)&address, sizeof(address));
	took = clock_ns() - start;
	for (size_t i = 0; i < BATCH; i++)
		close(fd[i]);
	return took / BATCH;
}

/* The first connect(), which loads the routes, is not measured. */
static int work(int type)
{
	struct sockaddr_in address = destination(type);
	int fd = socket(AF_INET, type, 0);

	errno = 0;
	connect(fd, (const struct sockaddr *)&address, sizeof(address));
	if (errno != (type == SOCK_DGRAM ? 0 : ENETUNREACH)) {
		perror("connect_cost: not what was to be measured");
		return 1;
	}
	close(fd);
	return turns_work(batch, &type);
}

int main(int argc, char **argv)
{
	if (argc == 2)
		return work(strcmp(argv[1], "udp") == 0 ? SOCK_DGRAM : SOCK_STREAM);
	if (argc < 4 || argc % 2 || argc > 2 + 2 * WORKERS) {
		fputs("usage: connect_cost udp|tcp {-|OBJECT CONF}...\n", stderr);
		return 2;
	}
	return turns_compare(argv[1], argv + 2, (size_t)(argc - 2) / 2, 0);
}

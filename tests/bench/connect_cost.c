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
 * Calls that are quick and always take the same way in the kernel, so that nanoseconds can be
 * seen: a UDP socket to loopback, a TCP socket to a network that cannot be reached (there must
 * be no route), and TCP sockets to addresses of this host where nobody listens. "near" is an
 * address that bench.sh has put on the loopback interface; it has no route, but its neighbours
 * have.
 */
static const struct call {
	const char *name;
	int type;
	const char *address;
	int error;
} calls[] = {
    {"udp", SOCK_DGRAM, "127.0.0.1", 0},
    {"tcp", SOCK_STREAM, "198.51.100.1", ENETUNREACH},
    {"refused", SOCK_STREAM, "127.0.0.1", ECONNREFUSED},
    {"near", SOCK_STREAM, "10.0.0.9", ECONNREFUSED},
};

static struct sockaddr_in destination(const struct call *call)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(443)};

	inet_pton(AF_INET, call->address, &address.sin_addr);
	return address;
}

/* Nanoseconds for one connect(), from BATCH of them in a row on sockets made before. */
static double batch(void *context)
{
	const struct call *call = context;
	struct sockaddr_in address = destination(call);
	int fd[BATCH];
	double start, took;

	for (size_t i = 0; i < BATCH; i++)
		fd[i] = socket(AF_INET, call->type, 0);
	start = clock_ns();
	for (size_t i = 0; i < BATCH; i++)
		connect(fd[i], (const struct sockaddr *)&address, sizeof(address));
	took = clock_ns() - start;
	for (size_t i = 0; i < BATCH; i++)
		close(fd[i]);
	return took / BATCH;
}

/* The first connect(), which loads the routes, is not measured. */
static int work(const struct call *call)
{
	struct sockaddr_in address = destination(call);
	int fd = socket(AF_INET, call->type, 0);

	errno = 0;
	connect(fd, (const struct sockaddr *)&address, sizeof(address));
	if (errno != call->error) {
		perror("connect_cost: not what was to be measured");
		return 1;
	}
	close(fd);
	return turns_work(batch, (void *)call);
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof(calls) / sizeof(*calls); i++)
		if (strcmp(argv[1], calls[i].name) == 0)
			return work(&calls[i]);
	if (argc < 4 || argc % 2 || argc > 2 + 2 * WORKERS) {
		fputs("usage: connect_cost udp|tcp|refused|near {-|OBJECT|CGROUP CONF}...\n",
		      stderr);
		return 2;
	}
	return turns_compare(argv[1], argv + 2, (size_t)(argc - 2) / 2, 0);
}

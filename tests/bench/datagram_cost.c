/* SPDX-License-Identifier: MIT */
/* datagram_cost.c: the time of sendto() with an address, and of sendto() and recvfrom(). */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "turns.h"

#define BATCH 64
#define MESSAGE 64
#define PORT 443
#define WORDS 2 /* of a variant, beside the object and its configuration */

/* A program's socket, the address that it sends to, and the socket that gets the datagrams. */
struct ends {
	int fd, sink;
	struct sockaddr_in to;
};

static struct sockaddr_in address_of(const char *text)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};

	inet_pton(AF_INET, text, &address.sin_addr);
	return address;
}

static bool send_one(const struct ends *ends)
{
	static const char message[MESSAGE];

	return sendto(ends->fd, message, MESSAGE, 0, (const struct sockaddr *)&ends->to,
		      sizeof(ends->to)) == MESSAGE;
}

/* The sink's calls are not the program's: they are made past any preloaded object. */
static bool take_one(const struct ends *ends, struct sockaddr_in *from)
{
	char message[MESSAGE];
	socklen_t length = sizeof(*from);

	return syscall(SYS_recvfrom, ends->sink, message, MESSAGE, MSG_DONTWAIT, from,
		       &length) == MESSAGE;
}

static double send_batch(void *context)
{
	const struct ends *ends = context;
	struct sockaddr_in from;
	double start = clock_ns(), took;

	for (size_t i = 0; i < BATCH; i++)
		send_one(ends);
	took = clock_ns() - start;
	while (take_one(ends, &from))
		;
	return took / BATCH;
}

/* One datagram there and one back. False if one is lost, or comes from another address. */
static bool exchange(const struct ends *ends)
{
	char message[MESSAGE] = "";
	struct sockaddr_in from;
	socklen_t length = sizeof(from);

	return send_one(ends) && take_one(ends, &from) &&
	       syscall(SYS_sendto, ends->sink, message, MESSAGE, 0, &from, length) == MESSAGE &&
	       recvfrom(ends->fd, message, MESSAGE, MSG_DONTWAIT, (struct sockaddr *)&from,
			&length) == MESSAGE &&
	       from.sin_addr.s_addr == ends->to.sin_addr.s_addr;
}

static double exchange_batch(void *context)
{
	double start = clock_ns();

	for (size_t i = 0; i < BATCH; i++)
		exchange(context);
	return (clock_ns() - start) / BATCH;
}

/* The first datagrams, which load the routes, are not measured. */
static int work(const char *what, const char *to, const char *sink)
{
	struct sockaddr_in at = address_of(sink);
	struct ends ends = {.fd = socket(AF_INET, SOCK_DGRAM, 0),
			    .sink = socket(AF_INET, SOCK_DGRAM, 0),
			    .to = address_of(to)};

	if (bind(ends.sink, (const struct sockaddr *)&at, sizeof(at)) || !exchange(&ends)) {
		perror("datagram_cost: not what was to be measured");
		return 1;
	}
	return turns_work(strcmp(what, "send") == 0 ? send_batch : exchange_batch, &ends);
}

int main(int argc, char **argv)
{
	size_t words = argc > 2 ? (size_t)argc - 2 : 0, each = 2 + WORDS;

	if (words == WORDS)
		return work(argv[1], argv[2], argv[3]);
	if (!words || words % each || words / each > WORKERS) {
		fputs("usage: datagram_cost send|exchange {-|OBJECT CONF TO SINK}...\n",
		      stderr);
		return 2;
	}
	return turns_compare(argv[1], argv + 2, words / each, WORDS);
}

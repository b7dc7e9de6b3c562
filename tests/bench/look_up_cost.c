/* SPDX-License-Identifier: MIT */
/* look_up_cost.c: the time of a getaddrinfo() call for a name that was looked up before. */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include "clock.h"

#define TURNS 300
#define BATCH 64

/* Looks the number-th name up: by a route for names below bench.example that needs no DNS. */
static int look_up(unsigned number)
{
	const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
	struct addrinfo *list;
	char name[64];
	int status;

	snprintf(name, sizeof(name), "host-%u.bench.example", number);
	status = getaddrinfo(name, NULL, &hints, &list);
	if (status == 0)
		freeaddrinfo(list);
	return status;
}

/* Nanoseconds for one call, if names that were looked up before are looked up in turn. */
static double measure(unsigned names)
{
	static double took[TURNS];
	unsigned next = 0;

	for (size_t turn = 0; turn < TURNS; turn++) {
		double start = clock_ns();

		for (size_t i = 0; i < BATCH; i++)
			look_up(next++ % names);
		took[turn] = (clock_ns() - start) / BATCH;
	}
	return clock_median(took, TURNS);
}

/* Each argument is a number of names, no smaller than the one before. */
int main(int argc, char **argv)
{
	unsigned known = 0;

	for (int i = 1; i < argc; i++) {
		unsigned names = (unsigned)strtoul(argv[i], NULL, 10);

		for (; known < names; known++)
			if (look_up(known) != 0) {
				fputs("look_up_cost: not what was to be measured\n", stderr);
				return 1;
			}
		printf("%.1f\n", measure(names));
	}
	return 0;
}

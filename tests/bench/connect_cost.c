/* SPDX-License-Identifier: MIT */
/* connect_cost.c: the time of a connect() call on a fresh socket, and of nothing else. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "clock.h"

#define BATCH 64
#define TURNS 1500
#define WORKERS 8

/* A process that measures when it is told to, over a pair of pipes. */
struct worker {
	FILE *ask, *answer;
	double took[TURNS];
};

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
static double batch(int type, const struct sockaddr_in *address)
{
	int fd[BATCH];
	double start, took;

	for (size_t i = 0; i < BATCH; i++)
		fd[i] = socket(AF_INET, type, 0);
	start = clock_ns();
	for (size_t i = 0; i < BATCH; i++)
		connect(fd[i], (const struct sockaddr *)address, sizeof(*address));
	took = clock_ns() - start;
	for (size_t i = 0; i < BATCH; i++)
		close(fd[i]);
	return took / BATCH;
}

/* A batch for each byte on stdin. The first connect(), which loads the routes, is not measured.
 */
static int work(int type)
{
	struct sockaddr_in address = destination(type);
	int fd = socket(AF_INET, type, 0);
	double took;

	errno = 0;
	connect(fd, (const struct sockaddr *)&address, sizeof(address));
	if (errno != (type == SOCK_DGRAM ? 0 : ENETUNREACH)) {
		perror("connect_cost: not what was to be measured");
		return 1;
	}
	close(fd);
	while (getchar() != EOF) {
		took = batch(type, &address);
		fwrite(&took, sizeof(took), 1, stdout);
		fflush(stdout);
	}
	return 0;
}

/* Becomes a worker with the object preloaded, or none for "-", and that configuration. */
static void become_worker(const char *type, const char *object, const char *conf)
{
	setenv("UNHAIRPIN_CONF", conf, 1);
	if (strcmp(object, "-") != 0)
		setenv("LD_PRELOAD", object, 1);
	execl("/proc/self/exe", "connect_cost", type, NULL);
	_exit(127);
}

/* Returns 0 or -1. Earlier workers' pipes are CLOEXEC, so that each sees the end of its own. */
static int start(struct worker *worker, const char *type, const char *object, const char *conf)
{
	int ask[2], answer[2];

	if (pipe2(ask, O_CLOEXEC) || pipe2(answer, O_CLOEXEC))
		return -1;
	if (fork() == 0) {
		dup2(ask[0], 0);
		dup2(answer[1], 1);
		become_worker(type, object, conf);
	}
	close(ask[0]);
	close(answer[1]);
	worker->ask = fdopen(ask[1], "w");
	worker->answer = fdopen(answer[0], "r");
	return worker->ask && worker->answer ? 0 : -1;
}

/* Returns 0, or -1 when the worker has ended. */
static int take_turn(struct worker *worker, size_t turn)
{
	fputc('.', worker->ask);
	fflush(worker->ask);
	return fread(&worker->took[turn], sizeof(double), 1, worker->answer) == 1 ? 0 : -1;
}

/*
 * All variants live at the same time and take turns of a tenth of a millisecond: what disturbs
 * the machine disturbs them alike, and differences of some nanoseconds can be seen.
 */
static int compare(const char *type, char **variants, size_t count)
{
	static struct worker workers[WORKERS];

	for (size_t i = 0; i < count; i++)
		if (start(&workers[i], type, variants[2 * i], variants[2 * i + 1]))
			return 1;
	for (size_t turn = 0; turn < TURNS; turn++)
		for (size_t i = 0; i < count; i++)
			if (take_turn(&workers[i], turn))
				return 1;
	for (size_t i = 0; i < count; i++)
		printf("%.1f\n", clock_median(workers[i].took, TURNS));
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2)
		return work(strcmp(argv[1], "udp") == 0 ? SOCK_DGRAM : SOCK_STREAM);
	if (argc < 4 || argc % 2 || argc > 2 + 2 * WORKERS) {
		fputs("usage: connect_cost udp|tcp {-|OBJECT CONF}...\n", stderr);
		return 2;
	}
	return compare(argv[1], argv + 2, (size_t)(argc - 2) / 2);
}

/* SPDX-License-Identifier: MIT */
/*
 * turns.h: compares variants of a program that live at the same time and take turns of a tenth
 * of a millisecond: what disturbs the machine disturbs them alike, and differences of some
 * nanoseconds can be seen.
 *
 * A variant is one more process of this program, with an object preloaded, in a cgroup, or
 * without both. It is started as "PROGRAM WHAT WORD…" and measures for each byte on its
 * standard input.
 */
#ifndef UH_BENCH_TURNS_H
#define UH_BENCH_TURNS_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"

#define TURNS 1500
#define WORKERS 8

/* A process that measures when it is told to, over a pair of pipes. */
struct worker {
	FILE *ask, *answer;
	double took[TURNS];
};

/* Calls measure(context) for each byte on stdin, and writes the nanoseconds. Returns 0. */
static inline int turns_work(double (*measure)(void *context), void *context)
{
	while (getchar() != EOF) {
		double took = measure(context);

		fwrite(&took, sizeof(took), 1, stdout);
		fflush(stdout);
	}
	return 0;
}

/* Moves this process to the cgroup with that directory. Returns false if there is none. */
static inline int turns_enter(const char *directory)
{
	char path[4096];
	int fd, good;

	snprintf(path, sizeof(path), "%s/cgroup.procs", directory);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	good = write(fd, "0", 1) == 1; /* 0: the process that writes it */
	close(fd);
	return good;
}

/* variant: OBJECT or the directory of a cgroup ("-" for none), CONF, and the worker's words. */
static inline void turns_become(const char *what, char **variant, size_t words)
{
	const char *argument[8] = {"worker", what};

	for (size_t i = 0; i < words; i++)
		argument[2 + i] = variant[2 + i];
	setenv("UNHAIRPIN_CONF", variant[1], 1);
	if (strcmp(variant[0], "-") != 0 && !turns_enter(variant[0]))
		setenv("LD_PRELOAD", variant[0], 1);
	execv("/proc/self/exe", (char **)argument);
	_exit(127);
}

/* Returns 0 or -1. Earlier workers' pipes are CLOEXEC, so that each sees the end of its own. */
static inline int turns_start(struct worker *worker, const char *what, char **variant,
			      size_t words)
{
	int ask[2], answer[2];

	if (pipe2(ask, O_CLOEXEC) || pipe2(answer, O_CLOEXEC))
		return -1;
	if (fork() == 0) {
		dup2(ask[0], 0);
		dup2(answer[1], 1);
		turns_become(what, variant, words);
	}
	close(ask[0]);
	close(answer[1]);
	worker->ask = fdopen(ask[1], "w");
	worker->answer = fdopen(answer[0], "r");
	return worker->ask && worker->answer ? 0 : -1;
}

/* Returns 0, or -1 when the worker has ended. */
static inline int turns_take(struct worker *worker, size_t turn)
{
	fputc('.', worker->ask);
	fflush(worker->ask);
	return fread(&worker->took[turn], sizeof(double), 1, worker->answer) == 1 ? 0 : -1;
}

/*
 * Compares count (at most WORKERS) variants of 2 + words (at most 4) strings each, and prints
 * the median of each. Returns 0, or 1 if one has failed.
 */
static inline int turns_compare(const char *what, char **variants, size_t count, size_t words)
{
	static struct worker workers[WORKERS];

	for (size_t i = 0; i < count; i++)
		if (turns_start(&workers[i], what, variants + i * (2 + words), words))
			return 1;
	for (size_t turn = 0; turn < TURNS; turn++)
		for (size_t i = 0; i < count; i++)
			if (turns_take(&workers[i], turn))
				return 1;
	for (size_t i = 0; i < count; i++)
		printf("%.1f\n", clock_median(workers[i].took, TURNS));
	return 0;
}

#endif

/* SPDX-License-Identifier: MIT */
/* whole.c: the median time of a command from posix_spawn() to its end, in nanoseconds. */
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "clock.h"

#define TURNS 15

int main(int argc, char **argv)
{
	static double took[TURNS];

	for (int i = 0; i < TURNS && argc > 1; i++) {
		double start = clock_ns();
		int status = -1;
		pid_t pid;

		if (posix_spawnp(&pid, argv[1], NULL, NULL, argv + 1, environ) ||
		    waitpid(pid, &status, 0) < 0 || status) {
			fprintf(stderr, "whole: %s failed\n", argv[1]);
			return 1;
		}
		took[i] = clock_ns() - start;
	}
	printf("%.0f\n", clock_median(took, TURNS));
	return 0;
}

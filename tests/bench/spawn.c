/* SPDX-License-Identifier: MIT */
/* spawn.c: the median time from posix_spawn() of /bin/true to its end, for several preloads. */
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "clock.h"

#define TURNS 200
#define OBJECTS 8

/* Nanoseconds, or -1 when the program did not run or did not end well. */
static double spawn_once(const posix_spawn_file_actions_t *actions)
{
	char *arguments[] = {"true", NULL};
	double start = clock_ns();
	int status = -1;
	pid_t pid;

	if (posix_spawn(&pid, "/bin/true", actions, NULL, arguments, environ))
		return -1;
	waitpid(pid, &status, 0);
	return status ? -1 : clock_ns() - start;
}

/* The program's own output goes nowhere: some of the objects print a banner. */
static void quiet(posix_spawn_file_actions_t *actions)
{
	posix_spawn_file_actions_init(actions);
	posix_spawn_file_actions_addopen(actions, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(actions, 2, "/dev/null", O_WRONLY, 0);
}

/* With that object, or none for "-". */
static void preload(const char *object)
{
	if (strcmp(object, "-") == 0)
		unsetenv("LD_PRELOAD");
	else
		setenv("LD_PRELOAD", object, 1);
}

/* The objects take turns, so that what disturbs the machine disturbs them alike. */
static bool compare(char **objects, size_t count)
{
	static double took[OBJECTS][TURNS];
	posix_spawn_file_actions_t actions;

	quiet(&actions);
	for (size_t turn = 0; turn < TURNS; turn++)
		for (size_t i = 0; i < count; i++) {
			preload(objects[i]);
			took[i][turn] = spawn_once(&actions);
			if (took[i][turn] < 0)
				return false;
		}
	for (size_t i = 0; i < count; i++)
		printf("%.0f\n", clock_median(took[i], TURNS));
	return true;
}

int main(int argc, char **argv)
{
	if (argc < 2 || argc > 1 + OBJECTS) {
		fputs("usage: spawn -|OBJECT...\n", stderr);
		return 2;
	}
	if (!compare(argv + 1, (size_t)argc - 1)) {
		fputs("spawn: /bin/true failed\n", stderr);
		return 1;
	}
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * asks.c: asks each port of an address: at once, then from eight threads that allocate
 * meanwhile, then from children, of which some were made while the threads were at work.
 *
 * usage: asks ADDRESS PORT…
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ask.h"

enum { THREADS = 8, PORTS = 8, ROUNDS = 5 };

static const char *address;
static int port[PORTS], ports, failed;

static void show(const char *who, const char *line)
{
	printf("%s: %s", who, line);
}

static void ask_all(const char *who)
{
	char line[256];

	for (int i = 0; i < ports; i++) {
		failed |= ask(address, port[i], line);
		show(who, line);
	}
}

/* The lines of one thread; the heap is its own and everybody's at once. */
static void *ask_often(void *unused)
{
	char *lines = calloc(1, PORTS * 256), *block[16] = {NULL};

	(void)unused;
	for (int round = 0; lines && round < ROUNDS; round++) {
		*lines = '\0';
		for (int i = 0; i < ports; i++) {
			char *line = malloc(256);

			free(block[(round + i) % 16]);
			block[(round + i) % 16] = malloc((size_t)(i * 1000 + 10));
			if (!line || ask(address, port[i], line))
				strcpy(lines, "failed: ");
			strcat(lines, line ? line : "no memory");
			free(line);
		}
	}
	for (int i = 0; i < 16; i++)
		free(block[i]);
	return lines;
}

/* What a child says, it says by its exit status: the answers are compared with the parent's. */
static void in_child(const char *who)
{
	int status = -1;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		ask_all(who);
		fflush(stdout);
		_exit(failed != 0);
	}
	waitpid(child, &status, 0);
	failed |= status;
}

int main(int count, char **argument)
{
	pthread_t thread[THREADS];

	address = argument[1];
	for (int i = 2; i < count && ports < PORTS; i++)
		port[ports++] = atoi(argument[i]);
	ask_all("first");
	for (int i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, ask_often, NULL);
	in_child("child of threads");
	for (int i = 0; i < THREADS; i++) {
		void *lines = NULL;

		pthread_join(thread[i], &lines);
		show("thread", lines ? lines : "no memory");
		free(lines);
	}
	in_child("child");
	return failed != 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * waits.c: a library whose constructor waits for a thread that asks 203.0.113.1:80. The
 * loader's lock is held meanwhile, so the thread must need nothing of the loader.
 */
#include <pthread.h>
#include <stdio.h>

#include "ask.h"

static void *ask_once(void *unused)
{
	char line[256];

	ask("203.0.113.1", 80, line);
	printf("constructor: %s", line);
	return unused;
}

__attribute__((constructor)) static void wait_for_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, ask_once, NULL) == 0)
		pthread_join(thread, NULL);
}

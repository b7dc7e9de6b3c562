/* SPDX-License-Identifier: MIT */
/*
 * unloads.c: loads a library that asks, has it ask, and unloads it; in the program's own name
 * space, then in ones of its own (dlmopen(3)), where no object that was preloaded is.
 *
 * usage: unloads LIBRARY ADDRESS PORT…
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "ask.h"

typedef int ask_function(const char *address, int port, char *line);

static char **argument;
static int count;

static int fail(void)
{
	printf("%s\n", dlerror());
	return 1;
}

/* Asks all ports through the library, which is loaded for that alone. */
static int ask_through(void *library, const char *name)
{
	ask_function *function;
	char line[256];
	int failed = 0;

	if (!library)
		return fail();
	*(void **)&function = dlsym(library, "ask");
	if (!function)
		return fail();
	for (int i = 3; i < count; i++) {
		failed |= function(argument[2], atoi(argument[i]), line);
		printf("%s: %s", name, line);
	}
	return dlclose(library) ? fail() : failed;
}

/* Threads that come and go with libraries loaded and gone. */
static void *in_thread(void *failed)
{
	*(int *)failed |= ask_through(dlopen(argument[1], RTLD_NOW | RTLD_LOCAL), "thread");
	return NULL;
}

int main(int arguments, char **vector)
{
	static const int modes[] = {RTLD_LAZY, RTLD_NOW, RTLD_NOW | RTLD_GLOBAL,
				    RTLD_NOW | RTLD_DEEPBIND};
	int failed = 0;

	argument = vector;
	count = arguments;
	for (int i = 0; i < 40; i++) {
		pthread_t thread;

		failed |= ask_through(dlopen(argument[1], modes[i % 4]), "own name space");
		if (i % 4)
			continue;
		pthread_create(&thread, NULL, in_thread, &failed);
		pthread_join(thread, NULL);
	}
	return failed;
}

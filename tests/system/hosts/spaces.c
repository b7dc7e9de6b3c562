/* SPDX-License-Identifier: MIT */
/*
 * spaces.c: a program with link-map name spaces of its own (dlmopen(3)). It asks from those it
 * is told to, in turn: "own", or "another", a fresh one in which nothing is preloaded. "all"
 * takes every name space that is left and keeps it.
 *
 * usage: spaces LIBRARY ADDRESS PORT (own|another|all)…
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"

typedef int ask_function(const char *address, int port, char *line);

static int ask_there(char **argument)
{
	void *library = dlmopen(LM_ID_NEWLM, argument[1], RTLD_NOW);
	ask_function *function = NULL;
	char line[256] = "not loaded\n";
	int failed = 1;

	if (library)
		*(void **)&function = dlsym(library, "ask");
	if (function)
		failed = function(argument[2], atoi(argument[3]), line);
	printf("another: %s", line);
	return library && dlclose(library) ? 1 : failed;
}

static int ask_here(char **argument)
{
	char line[256];
	int failed = ask(argument[2], atoi(argument[3]), line);

	printf("own: %s", line);
	return failed;
}

static int take_all(char **argument)
{
	while (dlmopen(LM_ID_NEWLM, argument[1], RTLD_NOW))
		continue;
	printf("all taken\n");
	return 0;
}

static int load(const char *library)
{
	if (dlopen(library, RTLD_NOW))
		return 0;
	printf("%s\n", dlerror());
	return 1;
}

int main(int count, char **argument)
{
	int failed = 0;

	for (int i = 4; i < count; i++)
		if (!strcmp(argument[i], "own"))
			failed |= ask_here(argument);
		else if (!strcmp(argument[i], "another"))
			failed |= ask_there(argument);
		else if (!strcmp(argument[i], "all"))
			failed |= take_all(argument);
		else
			failed |= load(argument[i]);
	return failed;
}

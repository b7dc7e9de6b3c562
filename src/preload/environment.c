/* SPDX-License-Identifier: MIT */
/* environment.c: copies our environment variables before the program can change them. */
#include "environment.h"

#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "tracing.h"

enum { NAME = sizeof("UNHAIRPIN") - 1, VARIABLES = 7 };

static char *kept[VARIABLES];
static char room[1024];

/* A copy in the object's own memory, so that the program's heap isn't set up for it; or on the
 * heap. */
static char *copy(const char *text)
{
	static size_t used;
	size_t size = strlen(text) + 1;
	char *place = room + used;

	if (size > sizeof(room) - used)
		return strdup(text);
	used += size;
	return memcpy(place, text, size);
}

static const char *kept_value(const char *name)
{
	size_t length = strlen(name);

	for (unsigned i = 0; i < VARIABLES && kept[i]; i++)
		if (strncmp(kept[i], name, length) == 0 && kept[i][length] == '=')
			return kept[i] + length + 1;
	return NULL;
}

/*
 * Does nothing where none is set, as in every program that only /etc/ld.so.preload sent here. A
 * connection that another object's constructor makes before this finds no variables.
 */
__attribute__((constructor)) static void keep(void)
{
	unsigned count = 0;

	for (char **at = environ; at && *at && count < VARIABLES; at++)
		if ((*at)[0] == 'U' && strncmp(*at, "UNHAIRPIN", NAME) == 0 &&
		    !getauxval(AT_SECURE))
			kept[count++] = copy(*at);
	if (count)
		uh_trace_begin(kept_value(UH_TRACE_VARIABLE));
}

const char *uh_variable(const char *name)
{
	const char *value = kept_value(name);

	return value || getauxval(AT_SECURE) ? value : getenv(name);
}

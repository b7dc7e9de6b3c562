/* SPDX-License-Identifier: MIT */
/* environment.c: copies our environment variables before the program can change them. */
#include "environment.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "base/variable.h"

enum { NAME = sizeof("UNHAIRPIN") - 1 };

/*
 * values[i] is the value of uh_variable_name[i]. The text is in text_room, or on the heap if it
 * is long.
 */
static _Atomic(const char *) values[UH_VARIABLES];
static char text_room[1024];
static _Atomic size_t text_used;

/*
 * Copies text into text_room. Returns NULL if it doesn't fit. The program's heap is avoided, so
 * that loading this object doesn't initialise it.
 */
static char *copy_text(const char *text, size_t length)
{
	size_t at = length < sizeof(text_room) ? atomic_fetch_add(&text_used, length + 1)
					       : sizeof(text_room);

	if (at > sizeof(text_room) - length - 1)
		return NULL;
	memcpy(text_room + at, text, length);
	text_room[at + length] = '\0';
	return text_room + at;
}

/* Returns the variable's index in uh_variable_name, or -1. length is the name's length. */
static int number_of(const char *name, size_t length)
{
	for (int i = 0; i < UH_VARIABLES; i++)
		if (strncmp(name, uh_variable_name[i], length) == 0 &&
		    !uh_variable_name[i][length])
			return i;
	return -1;
}

/* If a variable is set twice, the first value counts, as in getenv(3). */
static bool copy_variable(const char *variable)
{
	const char *value = strchr(variable, '=');
	int i = value ? number_of(variable, (size_t)(value - variable)) : -1;
	size_t length;

	if (i < 0 || values[i])
		return false;
	value++;
	length = uh_value_span(&value);
	values[i] = copy_text(value, length);
	if (!values[i])
		values[i] = strndup(value, length);
	return true;
}

bool uh_environment_copy(void)
{
	bool any = false;

	for (char **at = environ; at && *at; at++)
		if ((*at)[0] == 'U' && strncmp(*at, "UNHAIRPIN", NAME) == 0 &&
		    !getauxval(AT_SECURE))
			any |= copy_variable(*at);
	return any;
}

/*
 * Returns a value that the program set with setenv(3) after it started. If blanks or quotes
 * have to be cut off its end, the cut copy is kept as the variable's value from then on.
 */
static const char *value_set_later(int i)
{
	const char *value = getenv(uh_variable_name[i]), *text = value, *none = NULL, *written;
	size_t length = value ? uh_value_span(&text) : 0;

	if (!value || !text[length])
		return text;
	written = copy_text(text, length);
	if (!written)
		return value;
	return atomic_compare_exchange_strong(&values[i], &none, written) ? written : none;
}

const char *uh_environment_get(const char *name)
{
	int i = number_of(name, strlen(name));

	if (i < 0)
		return NULL;
	return values[i] || getauxval(AT_SECURE) ? values[i] : value_set_later(i);
}

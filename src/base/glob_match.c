/* SPDX-License-Identifier: MIT */
/* glob_match.c: matches a glob without recursion or memory. */
#include "glob_match.h"

#include <stddef.h>
#include <string.h>

/* True if c is in the class with that name, as in ctype(3) for ASCII. */
static bool is_of_class(const char *name, size_t length, unsigned char c)
{
	static const struct {
		const char *name, *ranges; /* pairs of first and last */
	} classes[] = {
	    {"alnum", "09AZaz"},   {"alpha", "AZaz"},
	    {"blank", "\t\t  "},   {"cntrl", "\1\37\177\177"},
	    {"digit", "09"},	   {"graph", "!~"},
	    {"lower", "az"},	   {"print", " ~"},
	    {"punct", "!/:@[`{~"}, {"space", "\t\r  "},
	    {"upper", "AZ"},	   {"xdigit", "09AFaf"},
	};

	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
		if (strlen(classes[i].name) != length ||
		    memcmp(classes[i].name, name, length) != 0)
			continue;
		for (const char *range = classes[i].ranges; *range; range += 2)
			if (c >= (unsigned char)range[0] && c <= (unsigned char)range[1])
				return true;
	}
	return false;
}

/* Returns the byte at *at, or the one behind a backslash there, and moves *at past it. */
static unsigned char take_byte(const char **at)
{
	if (**at == '\\' && (*at)[1])
		(*at)++;
	return (unsigned char)*(*at)++;
}

/* One element of a set: a class, a range or a byte. Moves *at past it. */
static bool take_element(const char **at, unsigned char c)
{
	const char *end = **at == '[' && (*at)[1] == ':' ? strstr(*at + 2, ":]") : NULL;
	unsigned char first, last;

	if (end) {
		const char *name = *at + 2;

		*at = end + 2;
		return is_of_class(name, (size_t)(end - name), c);
	}
	first = last = take_byte(at);
	if (**at == '-' && (*at)[1] && (*at)[1] != ']') {
		(*at)++;
		last = take_byte(at);
	}
	return c >= first && c <= last;
}

/* Reads a set from behind its "[", and sets *in to whether c is in it. Returns the text behind
 * the set, or NULL if the set is not closed. */
static const char *take_set(const char *at, unsigned char c, bool *in)
{
	bool negated = *at == '!' || *at == '^', found = false;
	const char *first = at += negated;

	while (*at && (*at != ']' || at == first))
		found |= take_element(&at, c);
	*in = found != negated;
	return *at ? at + 1 : NULL;
}

/* True if c matches the next element of the glob; *glob then moves past the element. */
static bool take_one(const char **glob, unsigned char c)
{
	const char *at = *glob, *end;
	bool in;

	if (!*at)
		return false;
	if (*at == '[' && (end = take_set(at + 1, c, &in))) {
		*glob = end;
		return in;
	}
	if (*at == '?') {
		*glob = at + 1;
		return true;
	}
	if (*at == '\\' && !at[1])
		return false;
	*glob = at;
	return take_byte(glob) == c;
}

/* When the rest of the glob does not match, the last star takes one more byte. An earlier star
 * never has to take more. */
bool uh_glob_match(const char *glob, const char *text)
{
	const char *star = NULL, *taken = text;

	while (*text) {
		if (*glob == '*') {
			star = ++glob;
			taken = text;
		} else if (take_one(&glob, (unsigned char)*text)) {
			text++;
		} else if (star) {
			glob = star;
			text = ++taken;
		} else {
			return false;
		}
	}
	return glob[strspn(glob, "*")] == '\0';
}

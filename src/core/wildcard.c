/* SPDX-License-Identifier: MIT */
/* wildcard.c: globs of bytes. */
#include "wildcard.h"

#include <stddef.h>
#include <string.h>

static bool is_within(unsigned char byte, unsigned char first, unsigned char last)
{
	return byte >= first && byte <= last;
}

static bool is_letter(unsigned char byte)
{
	return is_within(byte | 0x20, 'a', 'z');
}

static bool is_digit(unsigned char byte)
{
	return is_within(byte, '0', '9');
}

/* True if the byte is of the class of that name in the C locale. */
static bool is_of_class(unsigned char byte, const char *class, size_t length)
{
	static const char names[][7] = {"alnum", "alpha", "blank", "cntrl", "digit", "graph",
					"lower", "print", "punct", "space", "upper", "xdigit"};
	bool graph = is_within(byte, '!', '~'), word = is_letter(byte) || is_digit(byte);
	const bool is[] = {word,
			   is_letter(byte),
			   byte == ' ' || byte == '\t',
			   byte < ' ' || byte == 0x7f,
			   is_digit(byte),
			   graph,
			   is_within(byte, 'a', 'z'),
			   graph || byte == ' ',
			   graph && !word,
			   byte == ' ' || is_within(byte, '\t', '\r'),
			   is_within(byte, 'A', 'Z'),
			   is_digit(byte) || is_within(byte | 0x20, 'a', 'f')};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strlen(names[i]) == length && memcmp(names[i], class, length) == 0)
			return is[i];
	return false;
}

/* "[:class:]" at glob: what follows it, or NULL if it is none. */
static const char *match_class(const char *glob, unsigned char byte, bool *found)
{
	const char *end = glob + 2;

	if (strncmp(glob, "[:", 2) != 0)
		return NULL;
	while (is_within((unsigned char)*end, 'a', 'z'))
		end++;
	if (strncmp(end, ":]", 2) != 0)
		return NULL;
	*found |= is_of_class(byte, glob + 2, (size_t)(end - glob - 2));
	return end + 2;
}

/* One byte of a list, or two with a dash between. Returns what follows, or NULL at the end. */
static const char *match_range(const char *glob, unsigned char byte, bool *found)
{
	unsigned char first, last;

	glob += *glob == '\\';
	if (!*glob)
		return NULL;
	first = last = (unsigned char)*glob++;
	if (glob[0] == '-' && glob[1] != ']') {
		glob += 1 + (glob[1] == '\\');
		if (!*glob)
			return NULL;
		last = (unsigned char)*glob++;
	}
	*found |= is_within(byte, first, last);
	return glob;
}

/* A list, of which glob is what follows the "[". Returns what follows the list, if it has the
 * byte and is one: one that nothing ends is a bracket like any other byte. */
static const char *match_list(const char *glob, unsigned char byte)
{
	bool inverted = *glob == '!' || *glob == '^', found = false;
	const char *at = glob + inverted, *next;

	do {
		next = match_class(at, byte, &found);
		at = next ? next : match_range(at, byte, &found);
	} while (at && *at != ']');
	if (!at)
		return byte == '[' ? glob : NULL;
	return found != inverted ? at + 1 : NULL;
}

/* Returns what follows the glob's first element, which is no "*", or NULL if the byte is
 * another. */
static const char *match_byte(const char *glob, unsigned char byte)
{
	switch (*glob) {
	case '\0':
		return NULL;
	case '?':
		return glob + 1;
	case '[':
		return match_list(glob + 1, byte);
	case '\\':
		glob++;
		break;
	}
	return *glob && (unsigned char)*glob == byte ? glob + 1 : NULL;
}

/* If the match fails behind a "*", the star takes one byte more; the last star alone need be
 * tried. */
bool uh_wildcard_matches(const char *glob, const char *text)
{
	const char *star = NULL, *from = text;

	while (*text) {
		const char *next = NULL;

		if (*glob == '*') {
			star = ++glob;
			from = text;
			continue;
		}
		next = match_byte(glob, (unsigned char)*text);
		if (!next && !star)
			return false;
		glob = next ? next : star;
		text = next ? text + 1 : ++from;
	}
	while (*glob == '*')
		glob++;
	return *glob == '\0';
}

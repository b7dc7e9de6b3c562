/* SPDX-License-Identifier: MIT */
/* hostname.c: host names in canonical form. */
#include "hostname.h"

#include <string.h>

#include "host_port.h"

enum { LABEL_MAX = 63 };

enum fault { FINE, TOO_LONG, EMPTY_LABEL, LONG_LABEL, BAD_BYTE, STAR, NUMBER };

/* tolower(3) depends on the program's locale. */
static char lower(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static enum fault check_byte(char c)
{
	if (is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '_')
		return FINE;
	if (c == '*')
		return STAR;
	return BAD_BYTE;
}

/* Copies a text in lower case, and without a final dot. */
static enum fault copy(const char *text, char *name)
{
	size_t length = strnlen(text, UH_NAME_MAX + 2);

	if (length > 1 && text[length - 1] == '.')
		length--;
	if (length > UH_NAME_MAX)
		return TOO_LONG;
	for (size_t i = 0; i < length; i++)
		name[i] = lower(text[i]);
	name[length] = '\0';
	return FINE;
}

/* True if a last label is a number: inet_aton(3) reads "0x7f000001" and "127.1" as addresses.
 */
static bool is_number(const char *label)
{
	size_t digits = strspn(label, "0123456789");

	if (label[0] == '0' && label[1] == 'x')
		return label[2 + strspn(label + 2, "0123456789abcdef")] == '\0';
	return label[digits] == '\0';
}

/* Checks the labels of a copied name. "203.0.113.1x" counts as a mistyped address. */
static enum fault check_labels(const char *name)
{
	bool begins_as_number = name[strspn(name, "0123456789")] == '.';

	for (;;) {
		size_t length = strcspn(name, ".");

		for (size_t i = 0; i < length; i++) {
			enum fault fault = check_byte(name[i]);

			if (fault)
				return fault;
		}
		if (length == 0)
			return EMPTY_LABEL;
		if (length > LABEL_MAX)
			return LONG_LABEL;
		if (name[length] == '\0')
			return is_number(name) || (begins_as_number && is_digit(*name)) ? NUMBER
											: FINE;
		name += length + 1;
	}
}

bool uh_name_canonical(const char *text, char *name)
{
	return copy(text, name) == FINE && check_labels(name) == FINE;
}

static bool explain(enum fault fault, const char *text, char *why)
{
	switch (fault) {
	case FINE:
		return true;
	case TOO_LONG:
		return uh_because(why,
				  "name of %zu bytes in " UH_QUOTE "…; expected at most %d",
				  strlen(text), text, UH_NAME_MAX);
	case EMPTY_LABEL:
		return uh_because(why,
				  "empty label in the name " UH_QUOTE
				  "; expected labels with one dot between them",
				  text);
	case LONG_LABEL:
		return uh_because(why,
				  "label too long in the name " UH_QUOTE
				  "; expected at most %d bytes between dots",
				  text, LABEL_MAX);
	case STAR:
		return uh_because(why,
				  "wildcard inside the name " UH_QUOTE
				  "; expected \"*.\" at its beginning, and a name behind",
				  text);
	case NUMBER:
		return uh_because(why,
				  UH_QUOTE " is not an IP address, nor a name: it ends in "
					   "a number; expected either",
				  text);
	case BAD_BYTE:
		break;
	}
	return uh_because(why,
			  UH_QUOTE " is not an IP address, nor a name; expected letters, "
				   "digits, \"-\", \"_\" and single dots in a name",
			  text);
}

bool uh_name_parse(const char *text, char *name, char *why)
{
	enum fault fault = copy(text, name);

	if (!fault)
		fault = check_labels(name + (strncmp(name, "*.", 2) == 0 ? 2 : 0));
	return explain(fault, text, why);
}

unsigned uh_name_labels(const char *name)
{
	unsigned labels = !uh_name_is_wildcard(name);

	while ((name = uh_name_parent(name)))
		labels++;
	return labels;
}

const char *uh_name_parent(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot ? dot + 1 : NULL;
}

/* FNV-1a with a start value and a factor, then mixed so that each bit depends on all bits. */
static uint64_t half_key(const unsigned char *byte, size_t size, uint64_t sum, uint64_t factor)
{
	for (size_t i = 0; i < size; i++)
		sum = (sum ^ byte[i]) * factor;
	sum = (sum ^ (sum >> 32)) * 0xd6e8feb86659fd93u;
	sum = (sum ^ (sum >> 32)) * 0xd6e8feb86659fd93u;
	return sum ^ (sum >> 32);
}

/* The key becomes part of addresses, so it must not depend on the machine's byte order. */
struct uh_address uh_name_key(const void *bytes, size_t size)
{
	uint64_t high = half_key(bytes, size, 0xcbf29ce484222325u, 0x100000001b3u);
	uint64_t low = half_key(bytes, size, 0x9ae16a3b2f90404fu, 0x9e3779b97f4a7c15u);
	struct uh_address key;

	for (int i = 0; i < 8; i++) {
		key.byte[i] = (unsigned char)(high >> (56 - 8 * i));
		key.byte[8 + i] = (unsigned char)(low >> (56 - 8 * i));
	}
	return key;
}

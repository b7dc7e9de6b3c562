/* SPDX-License-Identifier: MIT */
/* path_template.c: expands the template of a Unix target's path. */
#include "path_template.h"

#include "base/format.h"

/* The longest texts of "%a" and "%p", without a NUL. */
enum {
	V4_TEXT = sizeof("255.255.255.255") - 1,
	V6_TEXT = sizeof("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") - 1,
	PORT_TEXT = sizeof("65535") - 1,
};

/* The path, while it is written. at: the place of the next byte. */
struct path {
	char *at, *end;
};

static void add(struct path *path, const char *bytes, size_t length)
{
	size_t room = (size_t)(path->end - path->at);

	if (length > room)
		length = room;
	memcpy(path->at, bytes, length);
	path->at += length;
}

/* Returns the first pair of "%" and a letter, or NULL. A "%" at the end is no pair. */
static const char *find_pair(const char *template, const char *end)
{
	const char *percent = memchr(template, '%', (size_t)(end - template));

	return percent && percent + 1 < end ? percent : NULL;
}

/* Writes what "%" and the letter stand for. */
static void add_variable(struct path *path, char letter, const struct uh_endpoint *asked)
{
	char text[UH_ADDRESS_TEXT] = "%";

	if (letter == 'p')
		uh_format(text, sizeof(text), "%u", (unsigned)asked->port);
	else if (letter == 'a')
		uh_address_format(&asked->address, text);
	add(path, text, strlen(text));
}

size_t uh_path_expand(const char *template, size_t length, const struct uh_endpoint *asked,
		      char *path)
{
	struct path written = {path, path + UH_PATH_MAX};
	const char *end = template + length, *pair;

	for (; (pair = find_pair(template, end)); template = pair + 2) {
		add(&written, template, (size_t)(pair - template));
		add_variable(&written, pair[1], asked);
	}
	add(&written, template, (size_t)(end - template));
	*written.at = '\0';
	return (size_t)(written.at - path);
}

/* An IPv6 address that is written as IPv4 has a prefix of 96 bits or more, as IPv4 has. */
static size_t longest_address(const struct uh_destination *destination)
{
	char text[UH_ADDRESS_TEXT];

	if (uh_destination_is_name(destination))
		return V6_TEXT; /* a stand-in of either family */
	if (destination->prefix_length == 128)
		return strlen(uh_address_format(&destination->address, text));
	return destination->prefix_length >= UH_V4_PREFIX &&
		       uh_address_is_v4(&destination->address)
		   ? V4_TEXT
		   : V6_TEXT;
}

static size_t longest_port(const struct uh_destination *destination)
{
	char text[PORT_TEXT + 1];

	return uh_format(text, sizeof(text), "%u", (unsigned)destination->last_port);
}

size_t uh_path_longest(const char *template, size_t length,
		       const struct uh_destination *destination)
{
	const char *end = template + length, *pair;
	size_t longest = length;

	for (; (pair = find_pair(template, end)); template = pair + 2) {
		longest -= 2;
		if (destination && pair[1] == 'p')
			longest += longest_port(destination);
		else if (destination && pair[1] == 'a')
			longest += longest_address(destination);
		else
			longest++;
	}
	return longest;
}

bool uh_path_has(const char *template, size_t length, char letter)
{
	const char *end = template + length, *pair;

	for (; (pair = find_pair(template, end)); template = pair + 2)
		if (pair[1] == letter)
			return true;
	return false;
}

const char *uh_path_variable(const char *template, size_t length)
{
	const char *end = template + length, *pair;

	for (; (pair = find_pair(template, end)); template = pair + 2)
		if (pair[1] != '%')
			return pair;
	return NULL;
}

size_t uh_path_fixed(const char *template, size_t length, char *path)
{
	static const struct uh_endpoint unused;
	const char *variable = uh_path_variable(template, length);
	size_t fixed = variable ? (size_t)(variable - template) : length, directory = fixed;

	while (directory > 0 && template[directory - 1] != '/')
		directory--;
	return uh_path_expand(template, directory ? directory : fixed, &unused, path);
}

const char *uh_path_bad_percent(const char *template, size_t length)
{
	const char *end = template + length, *pair;

	for (; (pair = find_pair(template, end)); template = pair + 2)
		if (pair[1] != 'p' && pair[1] != 'a' && pair[1] != '%')
			return pair;
	return memchr(template, '%', (size_t)(end - template));
}

/* SPDX-License-Identifier: MIT */
/* unit_specifiers.c: the specifiers of systemd.unit(5). */
#include "unit_specifiers.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

/* A specifier whose text does not depend on the unit. */
struct fixed {
	char letter;
	const char *text;
};

static const struct fixed fixed[] = {
    {'%', "%"},	       {'t', "/run"}, {'S', "/var/lib"}, {'C', "/var/cache"},
    {'L', "/var/log"}, {'E', "/etc"}, {'T', "/tmp"},	 {'V', "/var/tmp"},
    {'h', "/root"},    {'u', "root"}, {'U', "0"},
};

/* The result, of which length bytes are written. */
struct result {
	char *text;
	size_t size, length;
};

static void append(struct result *result, const char *text, size_t length)
{
	for (size_t i = 0; i < length && result->length + 1 < result->size; i++)
		result->text[result->length++] = text[i];
	result->text[result->length] = '\0';
}

/* Undoes systemd-escape(1): "-" stands for "/", and "\xNN" for a byte. */
static void append_unescaped(struct result *result, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		char byte = text[i], digits[3] = "";

		if (byte == '-') {
			byte = '/';
		} else if (byte == '\\' && i + 3 < length && text[i + 1] == 'x') {
			memcpy(digits, text + i + 2, 2);
			byte = (char)strtol(digits, NULL, 16);
			i += 3;
		}
		append(result, &byte, 1);
	}
}

/*
 * Finds the part of a unit's name that a specifier stands for. Capital letters stand for the
 * unescaped part. Returns NULL for other letters.
 */
static const char *part_of_name(const char *name, char letter, size_t *length)
{
	const char *dot = strrchr(name, '.'), *at = strchr(name, '@'), *dash;
	size_t whole = dot ? (size_t)(dot - name) : strlen(name);
	size_t prefix = at && (size_t)(at - name) < whole ? (size_t)(at - name) : whole;
	const char *instance = name + prefix + (prefix < whole);

	switch (letter) {
	case 'i':
	case 'I':
		*length = (size_t)(name + whole - instance);
		return instance;
	case 'f':
		if (prefix < whole)
			return part_of_name(name, 'i', length);
		/* fall through */
	case 'p':
	case 'P':
		*length = prefix;
		return name;
	case 'j':
	case 'J':
		dash = memrchr(name, '-', prefix);
		dash = dash ? dash + 1 : name;
		*length = (size_t)(name + prefix - dash);
		return dash;
	case 'N':
		*length = whole;
		return name;
	case 'n':
		*length = strlen(name);
		return name;
	}
	return NULL;
}

/* Appends what a letter behind "%" stands for. Returns false if it is none of these. */
static bool append_specifier(struct result *result, const struct uh_unit *unit, char letter)
{
	struct utsname host;
	size_t length;
	const char *part = part_of_name(unit->name, letter, &length);

	if (part && letter == 'f')
		append(result, "/", 1);
	if (part && letter && strchr("IPJf", letter))
		append_unescaped(result, part, length);
	else if (part)
		append(result, part, length);
	for (size_t i = 0; !part && i < sizeof(fixed) / sizeof(*fixed); i++)
		if (fixed[i].letter == letter)
			part = fixed[i].text, append(result, part, strlen(part));
	if (!part && (letter == 'H' || letter == 'v') && uname(&host) == 0) {
		part = letter == 'H' ? host.nodename : host.release;
		append(result, part, strlen(part));
	}
	return part;
}

void uh_unit_expand(const struct uh_unit *unit, const char *text, char *expanded, size_t size)
{
	struct result result = {expanded, size, 0};

	*expanded = '\0';
	for (; *text; text++)
		if (*text == '%' && text[1] && append_specifier(&result, unit, text[1]))
			text++;
		else
			append(&result, text, 1);
}

bool uh_unit_next_word(const struct uh_unit *unit, const char **value, char *word, size_t size)
{
	char raw[8192];

	if (!uh_unit_word(value, raw, sizeof(raw)))
		return false;
	uh_unit_expand(unit, raw, word, size);
	return true;
}

/* SPDX-License-Identifier: MIT */
/* variable.c: the names and values of our environment variables. */
#include "variable.h"

#include <string.h>

#include "format.h"
#include "log_level.h"

const char uh_variable_name[UH_VARIABLES][20] = {
    "UNHAIRPIN",	  "UNHAIRPIN_CONF",  "UNHAIRPIN_ROUTES", "UNHAIRPIN_LOG",
    "UNHAIRPIN_COMPILED", "UNHAIRPIN_STATS", "UNHAIRPIN_TRACE",
};

/* isspace(3) depends on the locale. */
static bool is_blank(char c)
{
	return c && strchr(" \t\r\n\v\f", c);
}

static size_t trim(const char **value, size_t length)
{
	const char *text = *value;

	while (length && is_blank(*text)) {
		text++;
		length--;
	}
	while (length && is_blank(text[length - 1]) &&
	       !(length > 1 && text[length - 2] == '\\'))
		length--;
	*value = text;
	return length;
}

size_t uh_value_span(const char **value)
{
	size_t length = trim(value, strlen(*value));
	const char *text = *value;

	if (length < 2 || (*text != '"' && *text != '\'') || text[length - 1] != *text)
		return length;
	++*value;
	return trim(value, length - 2);
}

static bool is_ours(const char *name, size_t length)
{
	for (int i = 0; i < UH_VARIABLES; i++)
		if (strlen(uh_variable_name[i]) == length &&
		    memcmp(uh_variable_name[i], name, length) == 0)
			return true;
	return false;
}

void uh_variable_clean(char *variable)
{
	char *equals = strchr(variable, '=');
	const char *value = equals ? equals + 1 : NULL;
	size_t length;

	if (!value || !is_ours(variable, (size_t)(equals - variable)))
		return;
	length = uh_value_span(&value);
	memmove(equals + 1, value, length);
	equals[1 + length] = '\0';
}

bool uh_log_value_parse(const char *value, int *level, const char **place)
{
	const char *colon = strchr(value, ':');
	char name[16];

	uh_format(name, sizeof(name), "%.*s", colon ? (int)(colon - value) : -1, value);
	*level = uh_log_level_parse(name);
	*place = colon ? colon + 1 : NULL;
	if (!colon || colon[1] == '/' || strcmp(colon + 1, "journal") == 0 ||
	    strcmp(colon + 1, "stderr") == 0)
		return *level >= 0;
	*place = NULL;
	return false;
}

const char *uh_value_expected(const char *name, const char *value)
{
	const char *place;
	int level;

	if (strcmp(name, "UNHAIRPIN") == 0)
		return !*value || !strcmp(value, "off") || !strcmp(value, "on") ? NULL
										: "on or off";
	if (strcmp(name, "UNHAIRPIN_LOG") == 0 && !uh_log_value_parse(value, &level, &place))
		return "off, error, warning, info or debug, and maybe :journal, :stderr or "
		       ":/path";
	if (strcmp(name, "UNHAIRPIN_STATS") == 0 && *value != '/' && strcmp(value, "off") != 0)
		return "off or the absolute path of a directory";
	return NULL;
}

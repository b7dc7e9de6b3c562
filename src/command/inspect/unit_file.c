/* SPDX-License-Identifier: MIT */
/* unit_file.c: reads the sections [Unit] and [Service] of unit files, without systemd. */
#include "unit_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BLANKS " \t\r\n"

static void forget(struct uh_unit *unit, const char *key)
{
	size_t kept = 0;

	for (size_t i = 0; i < unit->count; i++) {
		if (strcmp(unit->setting[i].key, key) != 0) {
			unit->setting[kept++] = unit->setting[i];
			continue;
		}
		free(unit->setting[i].key);
		free(unit->setting[i].value);
	}
	unit->count = kept;
}

static bool add(struct uh_unit *unit, const char *key, const char *value)
{
	struct uh_unit_setting *list =
	    realloc(unit->setting, (unit->count + 1) * sizeof(*unit->setting));

	if (!list)
		return false;
	unit->setting = list;
	list[unit->count] = (struct uh_unit_setting){strdup(key), strdup(value)};
	if (list[unit->count].key && list[unit->count].value) {
		unit->count++;
		return true;
	}
	free(list[unit->count].key);
	free(list[unit->count].value);
	return false;
}

static char *trim(char *text)
{
	text += strspn(text, BLANKS);
	for (size_t length = strlen(text); length && strchr(BLANKS, text[length - 1]); length--)
		text[length - 1] = '\0';
	return text;
}

/*
 * Reads one line, after lines that continue were joined. Returns false if there is no memory.
 */
static bool take_line(struct uh_unit *unit, char *line, bool *is_read)
{
	char *equals;

	line = trim(line);
	if (*line == '[') {
		*is_read = strcmp(line, "[Service]") == 0 || strcmp(line, "[Unit]") == 0;
		return true;
	}
	equals = strchr(line, '=');
	if (!*is_read || !equals)
		return true;
	*equals = '\0';
	char *key = trim(line), *value = trim(equals + 1);
	if (*value)
		return add(unit, key, value);
	forget(unit, key);
	return true;
}

/*
 * Replaces a backslash at the end of a line by a blank. Returns true if there was one: the next
 * line continues this one.
 */
static bool is_continued(char *line, size_t *length)
{
	while (*length && strchr("\r\n", line[*length - 1]))
		(*length)--;
	line[*length] = '\0';
	if (*length == 0 || line[*length - 1] != '\\')
		return false;
	line[*length - 1] = ' ';
	return true;
}

/*
 * Joins continued lines and reads each of them. Comments between continued lines are left out.
 */
bool uh_unit_read(struct uh_unit *unit, FILE *file)
{
	char *line = NULL, *whole = NULL;
	size_t size = 0, whole_length = 0;
	bool is_read = false, good = true, continued;
	ssize_t read;

	while (good && (read = getline(&line, &size, file)) >= 0) {
		size_t length = (size_t)read;

		if (strchr("#;", line[strspn(line, BLANKS)]) && line[strspn(line, BLANKS)])
			continue;
		continued = is_continued(line, &length);
		char *more = realloc(whole, whole_length + length + 1);
		good = more;
		if (!more)
			break;
		whole = more;
		memcpy(whole + whole_length, line, length + 1);
		whole_length += length;
		if (continued)
			continue;
		good = take_line(unit, whole, &is_read);
		whole_length = 0;
	}
	if (good && whole_length)
		good = take_line(unit, whole, &is_read);
	free(line);
	free(whole);
	return good;
}

bool uh_unit_read_path(struct uh_unit *unit, const char *path)
{
	FILE *file = fopen(path, "re");
	bool good = file && uh_unit_read(unit, file);
	int error = errno;

	if (file)
		fclose(file);
	errno = error;
	return good;
}

void uh_unit_free(struct uh_unit *unit)
{
	for (size_t i = 0; i < unit->count; i++) {
		free(unit->setting[i].key);
		free(unit->setting[i].value);
	}
	free(unit->setting);
}

const char *uh_unit_next(const struct uh_unit *unit, const char *key, size_t *index)
{
	while (*index < unit->count) {
		const struct uh_unit_setting *setting = &unit->setting[(*index)++];

		if (strcmp(setting->key, key) == 0)
			return setting->value;
	}
	return NULL;
}

const char *uh_unit_value(const struct uh_unit *unit, const char *key)
{
	const char *value, *last = NULL;

	for (size_t i = 0; (value = uh_unit_next(unit, key, &i));)
		last = value;
	return last;
}

bool uh_unit_is_true(const struct uh_unit *unit, const char *key)
{
	static const char *const word[] = {"1", "yes", "true", "on", "y", "t"};
	const char *value = uh_unit_value(unit, key);

	for (size_t i = 0; value && i < sizeof(word) / sizeof(*word); i++)
		if (strcasecmp(value, word[i]) == 0)
			return true;
	return false;
}

bool uh_unit_word(const char **value, char *word, size_t size)
{
	const char *at = *value + strspn(*value, BLANKS);
	size_t length = 0;
	char quote = '\0';

	if (!*at)
		return false;
	for (; *at && (quote || !strchr(BLANKS, *at)); at++) {
		if (quote ? *at == quote : *at == '"' || *at == '\'') {
			quote = (char)(quote ? '\0' : *at);
			continue;
		}
		if (*at == '\\' && at[1])
			at++;
		if (length < size - 1)
			word[length++] = *at;
	}
	word[length] = '\0';
	*value = at;
	return true;
}

/* SPDX-License-Identifier: MIT */
/* unit_environment.c: merges the settings of a unit that make its environment. */
#include "unit_environment.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/inspect/unit_specifiers.h"
#include "variables.h"

enum { LONGEST = 8192 }; /* bytes of a variable */

struct merging {
	struct uh_unit_environment *environment;
	struct uh_doctor_report *report;
	const char *name;
	const struct uh_unit *unit;
};

/* Returns the place of the value of a variable (length bytes), or NULL if it isn't kept. */
static char **place_of(struct uh_unit_environment *environment, const char *variable,
		       size_t length)
{
	if (length == strlen("LD_PRELOAD") && strncmp(variable, "LD_PRELOAD", length) == 0)
		return &environment->preload;
	for (int i = 0; i < UH_VARIABLES; i++)
		if (strlen(uh_variable_name[i]) == length &&
		    strncmp(variable, uh_variable_name[i], length) == 0)
			return &environment->value[i];
	return NULL;
}

static void set(struct uh_unit_environment *environment, const char *variable)
{
	size_t length = strcspn(variable, "=");
	char **place = variable[length] ? place_of(environment, variable, length) : NULL;

	if (!place)
		return;
	free(*place);
	*place = strdup(variable + length + 1);
}

/*
 * Reports a specifier of systemd in routes whose templates of paths have it too
 * (systemd.unit(5) and unhairpin.conf(5)).
 */
static void report_percents(const struct merging *merging, const char *variable)
{
	if (strncmp(variable, "UNHAIRPIN_ROUTES=", 17) != 0)
		return;
	for (const char *at = variable; (at = strchr(at, '%')); at += at[1] ? 2 : 1)
		if (at[1] == 'p' || at[1] == 'a')
			uh_doctor_print(merging->report, UH_FAULT, merging->name,
					"Environment= has %%%c, which systemd itself replaces; "
					"write %%%%%c",
					at[1], at[1]);
}

static void merge_environment(const struct merging *merging)
{
	char raw[LONGEST], variable[LONGEST];
	const char *value;

	for (size_t i = 0; (value = uh_unit_next(merging->unit, "Environment", &i));)
		while (uh_unit_word(&value, raw, sizeof(raw))) {
			report_percents(merging, raw);
			uh_unit_expand(merging->unit, raw, variable, sizeof(variable));
			uh_variable_clean(variable);
			set(merging->environment, variable);
		}
}

/* Removes a pair of quotes around the value of "NAME=value". */
static void remove_quotes(char *variable)
{
	char *value = variable + strcspn(variable, "=") + 1;
	size_t length = strlen(value);

	if (length < 2 || (*value != '"' && *value != '\'') || value[length - 1] != *value)
		return;
	value[length - 1] = '\0';
	memmove(value, value + 1, length - 1);
}

/* Reads the lines NAME=value of a file. Others are comments. */
static void merge_file(const struct merging *merging, FILE *file)
{
	char *line = NULL, *variable;
	size_t size = 0;

	while (getline(&line, &size, file) > 0) {
		variable = line + strspn(line, " \t");
		variable[strcspn(variable, "\r\n")] = '\0';
		if (*variable == '#' || *variable == ';' || !strchr(variable, '='))
			continue;
		remove_quotes(variable);
		uh_variable_clean(variable);
		set(merging->environment, variable);
	}
	free(line);
}

static void merge_files(const struct merging *merging)
{
	char path[PATH_MAX];
	const char *value, *name;

	for (size_t i = 0; (value = uh_unit_next(merging->unit, "EnvironmentFile", &i));) {
		uh_unit_expand(merging->unit, value, path, sizeof(path));
		name = path + (*path == '-');
		FILE *file = fopen(name, "re");
		int error = errno;

		if (file)
			merge_file(merging, file);
		else if (name == path && error == ENOENT)
			uh_doctor_print(
			    merging->report, UH_NOTE, merging->name,
			    "EnvironmentFile=%s does not exist here, so the service "
			    "does not start; write the file, or put '-' before it",
			    name);
		else if (error != ENOENT)
			uh_doctor_print(merging->report, UH_NOTE, merging->name,
					"EnvironmentFile=%s cannot be read, and may set the "
					"same variables: %s",
					name, strerror(error));
		if (file)
			fclose(file);
	}
}

/* Removes "NAME", or "NAME=value" if the variable has that value. */
static void unset(const struct merging *merging, const char *word)
{
	size_t length = strcspn(word, "=");
	char **place = place_of(merging->environment, word, length);

	if (!place || !*place || (word[length] && strcmp(word + length + 1, *place) != 0))
		return;
	free(*place);
	*place = NULL;
	uh_doctor_print(merging->report, UH_NOTE, merging->name,
			"UnsetEnvironment= takes %.*s away; clear it with an empty "
			"UnsetEnvironment=",
			(int)length, word);
}

static void merge_unset(const struct merging *merging)
{
	char word[LONGEST];
	const char *value;

	for (size_t i = 0; (value = uh_unit_next(merging->unit, "UnsetEnvironment", &i));)
		while (uh_unit_next_word(merging->unit, &value, word, sizeof(word)))
			unset(merging, word);
}

/* The values of PassEnvironment= are those of the service manager. Others override them. */
static void report_passed(const struct merging *merging)
{
	char word[LONGEST];
	const char *value;

	for (size_t i = 0; (value = uh_unit_next(merging->unit, "PassEnvironment", &i));)
		while (uh_unit_next_word(merging->unit, &value, word, sizeof(word))) {
			char **place = place_of(merging->environment, word, strlen(word));

			if (place && !*place)
				uh_doctor_print(merging->report, UH_NOTE, merging->name,
						"PassEnvironment= has %s, whose value in the "
						"service manager is not known here",
						word);
		}
}

/* Reports values that are ignored, or that switch routing off. */
static void report_values(const struct merging *merging)
{
	const struct uh_unit_environment *environment = merging->environment;
	char *variable;

	for (int i = -1; i < UH_VARIABLES; i++) {
		const char *value = i < 0 ? environment->preload : environment->value[i];

		if (!value || asprintf(&variable, "%s=%s",
				       i < 0 ? "LD_PRELOAD" : uh_variable_name[i], value) < 0)
			continue;
		uh_doctor_variable(merging->report, merging->name, variable);
		free(variable);
	}
}

void uh_unit_environment_read(struct uh_unit_environment *environment,
			      struct uh_doctor_report *report, const char *name,
			      const struct uh_unit *unit)
{
	const struct merging merging = {environment, report, name, unit};

	merge_environment(&merging);
	merge_files(&merging);
	merge_unset(&merging);
	report_passed(&merging);
	report_values(&merging);
}

void uh_unit_environment_free(struct uh_unit_environment *environment)
{
	free(environment->preload);
	for (int i = 0; i < UH_VARIABLES; i++)
		free(environment->value[i]);
}

const char *uh_unit_environment_get(const struct uh_unit_environment *environment,
				    const char *variable)
{
	for (int i = 0; i < UH_VARIABLES; i++)
		if (strcmp(uh_variable_name[i], variable) == 0)
			return environment->value[i];
	return NULL;
}

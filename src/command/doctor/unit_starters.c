/* SPDX-License-Identifier: MIT */
/* unit_starters.c: programs that do not pass the unit's variables to the programs they start.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/inspect/preload_list.h"
#include "command/inspect/unit_specifiers.h"
#include "kernel_cover.h"
#include "unit_subject.h"

/* Returns true if a line "LD_PRELOAD = ..." of a file names the object. */
static bool file_names_object(const char *path)
{
	FILE *file = fopen(path, "re");
	struct uh_preload_word word;
	char *line = NULL;
	size_t size = 0;
	bool names = false;

	if (!file)
		return false;
	while (!names && getline(&line, &size, file) >= 0) {
		char *value = line + strspn(line, " \t");

		if (strncmp(value, "LD_PRELOAD", 10) != 0)
			continue;
		for (char *byte = value; *byte; byte++)
			if (strchr("='\"", *byte))
				*byte = ' ';
		names = uh_preload_list_find(value, strlen(value), &word);
	}
	free(line);
	fclose(file);
	return names;
}

/* Debian's pg_ctlcluster(1) gives the server the variables of one file, and no others. */
static void report_postgresql(const struct uh_unit_subject *subject)
{
	char cluster[NAME_MAX + 1], path[PATH_MAX];
	char *hyphen;

	uh_unit_expand(&subject->unit, "%i", cluster, sizeof(cluster));
	hyphen = strchr(cluster, '-');
	if (hyphen)
		*hyphen = '/';
	snprintf(path, sizeof(path), "/etc/postgresql/%s/environment", cluster);
	if (file_names_object(path))
		uh_doctor_print(subject->report, UH_OK, subject->name,
				"LD_PRELOAD in %s names the preload object", path);
	else
		uh_doctor_uncaught(subject->report, subject->name,
				   "pg_ctlcluster gives PostgreSQL the variables of %s, and "
				   "none of the unit; add LD_PRELOAD = '%s' to that file",
				   path, UH_OBJECT);
}

bool uh_unit_report_starter(const struct uh_unit_subject *subject)
{
	const char *slash = strrchr(subject->program, '/');
	const char *base = slash ? slash + 1 : subject->program;

	if (strcmp(base, "pg_ctlcluster") == 0) {
		report_postgresql(subject);
		return true;
	}
	if (strcmp(base, "cron") == 0)
		uh_doctor_print(subject->report, UH_NOTE, subject->name,
				"cron gives its jobs the variables of the crontab, and none of "
				"the unit; add LD_PRELOAD=%s to the crontab",
				UH_OBJECT);
	return false;
}

/* SPDX-License-Identifier: MIT */
/* readable.c: looks for files of the configuration that other users cannot read. */
#include "readable.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "command/cli/load_table.h"
#include "config/parse_config.h"
#include "load/cache.h"
#include "table/table.h"

#define ONLY_OWNER "programs of other users have no routes"

/* One table's examination. last is the directory that was reported last: once is enough. */
struct examination {
	void (*report)(const char *path, const char *text);
	char last[PATH_MAX];
	bool good;
};

/* Files of an unprivileged owner are for this owner's programs. */
static bool lacks(const char *path, mode_t for_files, mode_t for_directories, mode_t *mode)
{
	struct stat status;

	if (stat(path, &status) != 0 || status.st_uid != 0)
		return false;
	*mode = status.st_mode & 07777;
	if (S_ISDIR(status.st_mode))
		return (status.st_mode & for_directories) != for_directories;
	return (status.st_mode & for_files) != for_files;
}

static void tell(struct examination *examination, const char *path, mode_t mode,
		 const char *needed)
{
	char text[PATH_MAX + 256];

	examination->good = false;
	if (strcmp(examination->last, path) == 0)
		return;
	snprintf(examination->last, sizeof(examination->last), "%s", path);
	snprintf(text, sizeof(text),
		 "is not readable by other users (mode %03o), so " ONLY_OWNER
		 "; run 'chmod %s %s'",
		 (unsigned)mode, needed, path);
	examination->report(path, text);
}

/* Examines the directories of the path, from / down, and the file itself. */
static void examine(struct examination *examination, const char *path)
{
	char directory[PATH_MAX];
	mode_t mode;

	snprintf(directory, sizeof(directory), "%s", path);
	for (char *slash = strchr(directory + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (lacks(directory, S_IXOTH, S_IXOTH, &mode)) {
			tell(examination, directory, mode, "o+x");
			return;
		}
		*slash = '/';
	}
	if (lacks(path, S_IROTH, S_IROTH | S_IXOTH, &mode))
		tell(examination, path, mode, "o+rX");
}

static bool is_substitute(const struct uh_table_request *source, const char *path)
{
	const struct uh_substitute *substitute = source->substitutes;

	while (substitute && substitute->path && strcmp(substitute->file, path) != 0)
		substitute++;
	return substitute && substitute->path;
}

bool uh_readable_by_all(const struct uh_table_request *source, const struct uh_table *table,
			void (*report)(const char *path, const char *text))
{
	struct examination examination = {.report = report, .good = true};
	char cache[PATH_MAX];

	for (uint32_t i = 0; i < uh_table_sources(table); i++) {
		const struct uh_table_source *file = uh_table_source(table, i);
		const char *path = file ? uh_table_text(table, file->path) : "";

		/* The file that switches the routes off is never opened. */
		if (*path == '/' && file->kind != UH_SOURCE_OFF && !is_substitute(source, path))
			examine(&examination, path);
	}
	if (uh_cache_path(source->file, cache, sizeof(cache)))
		examine(&examination, cache);
	return examination.good;
}

/* SPDX-License-Identifier: MIT */
/* dependencies.c: records the files and directories that the routes depend on. */
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "load/cache.h"

static bool is_noted(const struct uh_dependencies *dependencies, const char *path)
{
	for (size_t i = 0; i < dependencies->count; i++)
		if (strcmp(dependencies->list[i].path, path) == 0)
			return true;
	return false;
}

/*
 * A young stamp never counts as unchanged: a later write within the same tick of the clock
 * would have the same time.
 */
static struct uh_stamp stamp_of(const struct stat *status)
{
	struct uh_stamp stamp = uh_stamp_of(status);

	stamp.young = status && uh_stamp_is_young(&stamp);
	return stamp;
}

void uh_dependency_add(struct uh_config *config, const char *path, enum uh_source_kind kind,
		       const struct stat *status)
{
	struct uh_dependencies *dependencies = &config->dependencies;
	struct uh_dependency *list;
	char *copy;

	if (is_noted(dependencies, path))
		return;
	list = uh_array_grow(dependencies->list, dependencies->count, sizeof(*list));
	copy = list ? strdup(path) : NULL;
	if (list)
		dependencies->list = list;
	if (!copy) {
		uh_fail(config, ENOMEM);
		return;
	}
	list[dependencies->count++] = (struct uh_dependency){copy, kind, stamp_of(status)};
}

void uh_dependency_add_path(struct uh_config *config, const char *path,
			    enum uh_source_kind kind)
{
	struct stat status;

	uh_dependency_add(config, path, kind, stat(path, &status) == 0 ? &status : NULL);
}

void uh_dependency_add_off(struct uh_config *config)
{
	char path[PATH_MAX];

	if (uh_off_path(config->request->file, path, sizeof(path)))
		uh_dependency_add(config, path, UH_SOURCE_OFF, NULL);
	else
		uh_fail(config, ENAMETOOLONG);
}

/*
 * Adds the directories that match a pattern without its last component. A pattern without
 * wildcards is a directory's name.
 */
static void add_matching(struct uh_config *config, const char *pattern)
{
	glob_t found = {0};
	int result = glob(pattern, GLOB_NOCHECK, NULL, &found);

	if (result == GLOB_NOSPACE)
		uh_fail(config, ENOMEM);
	for (size_t i = 0; result == 0 && i < found.gl_pathc; i++)
		uh_dependency_add_path(config, found.gl_pathv[i], UH_SOURCE_OTHER);
	globfree(&found);
}

void uh_dependency_add_pattern(struct uh_config *config, const char *pattern)
{
	char *directory = strdup(pattern);

	if (!directory)
		uh_fail(config, ENOMEM);
	/* The content of a directory decides what a component with a wildcard matches. */
	for (char *slash = directory; slash; slash = strchr(slash + 1, '/')) {
		const char *component = pattern + (slash - directory) + 1;

		if (strcspn(component, "*?[") >= strcspn(component, "/"))
			continue;
		*slash = '\0';
		add_matching(config, slash == directory ? "/" : directory);
		*slash = '/';
	}
	free(directory);
}

bool uh_dependencies_write(struct uh_config *config, struct uh_builder *builder)
{
	const struct uh_dependencies *dependencies = &config->dependencies;

	for (size_t i = 0; i < dependencies->count; i++)
		if (uh_builder_source(builder, dependencies->list[i].path,
				      dependencies->list[i].kind,
				      &dependencies->list[i].stamp) < 0) {
			uh_fail(config, ENOMEM);
			return false;
		}
	return true;
}

void uh_dependencies_free(struct uh_dependencies *dependencies)
{
	for (size_t i = 0; i < dependencies->count; i++)
		free(dependencies->list[i].path);
	free(dependencies->list);
}

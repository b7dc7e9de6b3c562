/* SPDX-License-Identifier: MIT */
/*
 * dependencies.h: the files and directories that the routes depend on, so that a later change
 * can be found: the files that were read, and the directories that were searched.
 */
#ifndef UH_DEPENDENCIES_H
#define UH_DEPENDENCIES_H

#include "build/builder.h"

struct uh_config;

/* A dependency. path is owned. */
struct uh_dependency {
	char *path;
	enum uh_source_kind kind;
	struct uh_stamp stamp;
};

struct uh_dependencies {
	struct uh_dependency *list;
	size_t count;
};

/*
 * Adds a file with its state from fstat(2) before it was read, or NULL if it does not exist.
 * The first call for a path counts. Out of memory: uh_fail.
 */
void uh_dependency_add(struct uh_config *config, const char *path, enum uh_source_kind kind,
		       const struct stat *status);

/* Adds a file or directory that was not opened, with its state from stat(2). */
void uh_dependency_add_path(struct uh_config *config, const char *path,
			    enum uh_source_kind kind);

/*
 * Adds the directories whose content decides what an absolute glob(7) pattern matches. Must be
 * called before the pattern is searched.
 */
void uh_dependency_add_pattern(struct uh_config *config, const char *pattern);

/* Adds the file that switches the routes off. Whether it exists now does not matter. */
void uh_dependency_add_off(struct uh_config *config);

/* Passes all dependencies to a builder. False after uh_fail. */
bool uh_dependencies_write(struct uh_config *config, struct uh_builder *builder);

/* Frees the list of dependencies. */
void uh_dependencies_free(struct uh_dependencies *dependencies);

#endif

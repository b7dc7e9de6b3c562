/* SPDX-License-Identifier: MIT */
/* dependencies.h: what the routes depend on: the files that were read, and where files were
 * looked for.
 */
#ifndef UH_DEPENDENCIES_H
#define UH_DEPENDENCIES_H

#include "build/builder.h"

struct uh_config;

/* path is owned. */
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
 * Notes a file as fstat(2) told of it before it was read; NULL: it isn't there. The first note
 * of a path counts. Out of memory is noted by uh_fail.
 */
void uh_dependency(struct uh_config *config, const char *path, enum uh_source_kind kind,
		   const struct stat *status);

/* The same for what can't be opened, or is only looked at: asks stat(2). */
void uh_dependency_add_path(struct uh_config *config, const char *path,
			    enum uh_source_kind kind);

/*
 * Notes the directories whose content decides what an absolute glob(7) pattern matches. To be
 * called before the pattern is searched for.
 */
void uh_dependency_add_pattern(struct uh_config *config, const char *pattern);

/* Gives all that was noted to a builder. False after uh_fail. */
bool uh_dependencies_write(struct uh_config *config, struct uh_builder *builder);

void uh_dependencies_free(struct uh_dependencies *watches);

#endif

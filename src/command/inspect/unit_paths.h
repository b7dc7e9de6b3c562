/* SPDX-License-Identifier: MIT */
/* unit_paths.h: which files a unit finds at a path, by its settings. */
#ifndef UH_UNIT_PATHS_H
#define UH_UNIT_PATHS_H

#include "unit_file.h"

/* The kind of thing at a path in a unit's file system. */
struct uh_unit_place {
	const char *hidden_by; /* the key of the setting that hides the path, or NULL */
	char here[PATH_MAX];   /* the path on this host; "" if it is hidden */
};

/*
 * Finds what a unit has at an absolute path, by the settings of systemd.exec(5) that mount
 * something there: of the paths that they name, the longest decides, but below a path that is
 * made inaccessible nothing is visible. Symbolic links are not followed. Files in the image of
 * RootImage= are hidden.
 */
void uh_unit_place(const struct uh_unit *unit, const char *path, struct uh_unit_place *place);

/*
 * Returns true if code in the file at path must not be executed: NoExecPaths= and ExecPaths=,
 * of which the longest path decides.
 */
bool uh_unit_forbids_code(const struct uh_unit *unit, const char *path);

#endif

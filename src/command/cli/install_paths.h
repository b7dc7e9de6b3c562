/* SPDX-License-Identifier: MIT */
/* install_paths.h: paths of the preload object and of arguments. */
#ifndef UH_INSTALL_PATHS_H
#define UH_INSTALL_PATHS_H

/*
 * Returns the absolute path of the preload object: beside this program if it is there, else
 * where it is installed. The string is static. Returns NULL if there is none (reported).
 */
const char *uh_installed_object_path(void);

/*
 * Returns path as a copy for free(3), with the current directory before a relative path.
 * Returns NULL on failure (reported).
 */
char *uh_absolute_path(const char *path);

#endif

/* SPDX-License-Identifier: MIT */
/* trust.h: checks that root alone controls the file at a path. */
#ifndef UH_TRUST_H
#define UH_TRUST_H

#include <limits.h>
#include <stdbool.h>

#define UH_TRUST_WHY (PATH_MAX + 128) /* bytes, enough for any reason */

/*
 * Follows an absolute path below root ("" means "/"; symbolic links stay below root) and checks
 * each directory, each link and the file: all must be owned by root, and none but links may be
 * writable by group or others. resolved (PATH_MAX bytes) gets the path without links, relative
 * to root. Returns false with a sentence in why (UH_TRUST_WHY bytes) and errno ENOENT if
 * something is missing, EPERM if root does not control it alone, or as lstat(2) or readlink(2)
 * set it. Not async-signal-safe.
 */
bool uh_trusted(const char *root, const char *path, char *resolved, char *why);

#endif

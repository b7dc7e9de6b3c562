/* SPDX-License-Identifier: MIT */
/* trust.h: whether root alone decides what is found at a path. */
#ifndef UH_TRUST_H
#define UH_TRUST_H

#include <limits.h>
#include <stdbool.h>

#define UH_TRUST_WHY (PATH_MAX + 128) /* bytes that hold any reason */

/*
 * Follows path, which is absolute, from root ("" for "/"; links stay inside) and checks all
 * that it meets: each directory, link and the file itself must be root's, and none but links
 * may be writable by others. resolved (PATH_MAX bytes) gets the path without links, below root.
 * Returns false with a sentence in why (UH_TRUST_WHY bytes); errno is then ENOENT where
 * something is missing, EPERM where it isn't root's alone, or as lstat(2) left it. Not
 * async-signal-safe.
 */
bool uh_trusted(const char *root, const char *path, char *resolved, char *why);

#endif

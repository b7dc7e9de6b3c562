/* SPDX-License-Identifier: MIT */
/* unit_search.h: finds the files of a systemd unit. */
#ifndef UH_UNIT_SEARCH_H
#define UH_UNIT_SEARCH_H

#include "unit_file.h"

/*
 * Reads a unit by its name ("x.service", "x@instance.service") below root ("" for this
 * machine's root directory), as systemd.unit(5) says: the first file of its name in systemd's
 * directories, or else that of its template; links to another name are followed. Then come the
 * drop-ins of its names, template, prefixes and type, in the order of the names of their files;
 * of several with one name the most important counts. unit must be zeroed. Returns false with
 * errno ENOENT if there is no such unit. Not async-signal-safe.
 */
bool uh_unit_find(struct uh_unit *unit, const char *root, const char *name);

/*
 * Reads the unit file at path, and then the drop-ins in the directory PATH.d. unit must be
 * zeroed. Returns false with errno if the file cannot be read. Not async-signal-safe.
 */
bool uh_unit_add(struct uh_unit *unit, const char *path);

#endif

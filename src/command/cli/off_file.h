/* SPDX-License-Identifier: MIT */
/* off_file.h: the file that switches the routes off. */
#ifndef UH_OFF_FILE_H
#define UH_OFF_FILE_H

#include <limits.h>
#include <stdbool.h>

struct uh_table_request;

/*
 * True if the routes of a configuration (an absolute path; NULL: of inline routes alone) are
 * switched off. path (PATH_MAX bytes) becomes the path of the file that does it. Needs no
 * table, so a configuration with faults can be switched off too.
 */
bool uh_routes_are_off(const char *file, char *path);

/*
 * If the routes of source, which is complete (uh_table_request_default), are switched off,
 * prints a note (or a finding of JSON, as uh_print_fault does) and returns true.
 */
bool uh_note_if_off(const struct uh_table_request *source);

#endif

/* SPDX-License-Identifier: MIT */
/* counter_directory.h: the directory of the counters, and the user's file in it. */
#ifndef UH_COUNTER_DIRECTORY_H
#define UH_COUNTER_DIRECTORY_H

#include <stdbool.h>
#include <sys/stat.h>

/*
 * Takes the directory's path from the environment, at the first call. To be called in a turn
 * (turn.h). Not async-signal-safe (getenv(3)).
 */
void uh_counter_directory_find(void);

/* True if the directory exists: one access(2). errno is not kept. Async-signal-safe. */
bool uh_counter_directory_exists(void);

/* The path of the file in which processes note what they have logged (said_targets.h), or NULL
 * if there is no directory. Async-signal-safe. */
const char *uh_counter_directory_said(void);

/*
 * Opens the effective user's file, creates it if necessary, and sets *status. Returns a
 * descriptor, or -1. *valid becomes true if the file is a complete counter file: an empty file
 * is filled, and a file that was cut or is too long is repaired. A file of an older version is
 * replaced; processes that have it mapped stop counting. A file with another mark is not ours,
 * and stays as it is. To be called in a turn. errno is not kept. Async-signal-safe.
 */
int uh_counter_file_open(struct stat *status, bool *valid);

/* stat(2) of the file that was opened last. In a turn. errno is not kept. Async-signal-safe. */
bool uh_counter_file_stat(struct stat *status);

#endif

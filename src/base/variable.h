/* SPDX-License-Identifier: MIT */
/* variable.h: the names and values of our environment variables. */
#ifndef UH_VARIABLE_H
#define UH_VARIABLE_H

#include <stdbool.h>
#include <stddef.h>

/* All names; "UNHAIRPIN" is a prefix of the others. */
#define UH_VARIABLES 7
extern const char uh_variable_name[UH_VARIABLES][20];

/*
 * Moves *value to the start of its text and returns the length of the text: blanks and line
 * ends around it are left out, and so is a pair of quotes around the whole, which docker run
 * --env-file and lists in YAML keep. A final blank behind a backslash belongs to the text.
 * Async-signal-safe.
 */
size_t uh_value_span(const char **value);

/* Reduces the value of "NAME=value" to its text, in place, if NAME is one of ours.
 * Async-signal-safe. */
void uh_variable_clean(char *variable);

/*
 * Reads a value of UNHAIRPIN_LOG, "LEVEL" or "LEVEL:PLACE"; false if it is wrong. *level (enum
 * uh_log_level) is -1 if the level is wrong; *place points into value, or is NULL if the place
 * is missing or wrong. Async-signal-safe.
 */
bool uh_log_value_parse(const char *value, int *level, const char **place);

/*
 * Returns NULL if the variable may have this value, else a text of what was expected. Routes
 * and the path of the configuration always pass: their own readers check them.
 * Async-signal-safe.
 */
const char *uh_value_expected(const char *name, const char *value);

#endif

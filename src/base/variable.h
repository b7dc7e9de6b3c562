/* SPDX-License-Identifier: MIT */
/* variable.h: our environment variables: their names, and the values as people write them. */
#ifndef UH_VARIABLE_H
#define UH_VARIABLE_H

#include <stdbool.h>
#include <stddef.h>

/* All of them; the shortest, "UNHAIRPIN", is a prefix of the others. */
#define UH_VARIABLES 7
extern const char uh_variable_name[UH_VARIABLES][20];

/*
 * Moves *value to where its text begins and returns the length of that: without blanks and line
 * ends around it, and without a pair of quotes around the whole, which docker run --env-file
 * and lists in YAML keep. A last blank behind a backslash belongs to the text.
 * Async-signal-safe.
 */
size_t uh_value_span(const char **value);

/* Writes the value of "NAME=value" anew, in place, if NAME is one of ours. */
void uh_variable_clean(char *variable);

/*
 * True for "LEVEL" and "LEVEL:PLACE" as UNHAIRPIN_LOG has them. *level (enum uh_log_level) is
 * -1 if that part is wrong, *place NULL if there is none or a wrong one. Async-signal-safe.
 */
bool uh_log_value_parse(const char *value, int *level, const char **place);

/*
 * The expectation that a value of the variable does not meet, as text, or NULL if it is sound.
 * Routes and the path of the configuration are sound here: their readers report more.
 * Async-signal-safe.
 */
const char *uh_value_expected(const char *name, const char *value);

#endif

/* SPDX-License-Identifier: MIT */
/* environment.h: our environment variables, as they were when the program started. */
#ifndef UH_ENVIRONMENT_H
#define UH_ENVIRONMENT_H

#include <stdbool.h>

/*
 * Copies our variables out of the environment, once, when the object is loaded. Returns false
 * if none is set, as in every program that has the object from /etc/ld.so.preload alone. A
 * connection that another object's constructor makes before this asks getenv(3).
 */
bool uh_variables_copy(void);

/*
 * The value of UNHAIRPIN, or of UNHAIRPIN_ with _CONF, _ROUTES, _COMPILED, _LOG, _STATS or
 * _TRACE behind it, or NULL: as it was when the program started, since a program may have
 * replaced or overwritten its environment (nginx does both), else as the program has set it for
 * itself. Blanks and quotes around it are gone (variable.h). NULL for all in a program that
 * runs with more rights than its caller. Not async-signal-safe (getenv(3)).
 */
const char *uh_variable(const char *name);

#endif

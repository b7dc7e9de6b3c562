/* SPDX-License-Identifier: MIT */
/*
 * environment.h: this project's environment variables, as they were when the program started.
 */
#ifndef UH_ENVIRONMENT_H
#define UH_ENVIRONMENT_H

#include <stdbool.h>

/*
 * Copies the UNHAIRPIN variables out of the environment. Called once, when the object is
 * loaded; another object's constructor may connect earlier, and uh_environment_get() then asks
 * getenv(3). Returns false if none of them is set, the usual case for an object from
 * /etc/ld.so.preload.
 */
bool uh_environment_copy(void);

/*
 * Returns the value of UNHAIRPIN, UNHAIRPIN_CONF, _ROUTES, _COMPILED, _LOG, _STATS or _TRACE,
 * or NULL.
 *
 * The value is the one that the program was started with, because a program may replace or
 * overwrite its environment (nginx does both). If there was none, it is the value that the
 * program has set since. Surrounding blanks and quotes are removed (variable.h). Always NULL in
 * a program that runs with more rights than its caller (AT_SECURE). Not async-signal-safe
 * (getenv(3)).
 */
const char *uh_environment_get(const char *name);

#endif

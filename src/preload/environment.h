/* SPDX-License-Identifier: MIT */
/* environment.h: our environment variables, as they were when the program started. */
#ifndef UH_ENVIRONMENT_H
#define UH_ENVIRONMENT_H

/*
 * The value of UNHAIRPIN, or of UNHAIRPIN_ with _CONF, _ROUTES, _COMPILED, _LOG, _STATS or
 * _TRACE behind it, or NULL: as it was when the program started, since a program may have
 * replaced or overwritten its environment (nginx does both), else as the program has set it for
 * itself. Blanks and quotes around it are gone (variable.h). NULL for all in a program that
 * runs with more rights than its caller. Not async-signal-safe (getenv(3)).
 */
const char *uh_variable(const char *name);

/* Logs each variable whose value is none that it can have. */
void uh_variables_check(void);

#endif

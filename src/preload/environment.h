/* SPDX-License-Identifier: MIT */
/* environment.h: our environment variables, as they were when the program started. */
#ifndef UH_ENVIRONMENT_H
#define UH_ENVIRONMENT_H

/*
 * The value of UNHAIRPIN (""), UNHAIRPIN_CONF ("_CONF"), UNHAIRPIN_ROUTES or UNHAIRPIN_LOG, or
 * NULL. A program may have replaced or overwritten its environment since (nginx does both), so
 * the values are copies from the start. NULL for all in a program that runs with more rights
 * than its caller. Async-signal-safe.
 */
const char *uh_variable(const char *suffix);

#endif

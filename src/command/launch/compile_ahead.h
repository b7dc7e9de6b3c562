/* SPDX-License-Identifier: MIT */
/* compile_ahead.h: compiles routes before the program that uses them is started. */
#ifndef UH_COMPILE_AHEAD_H
#define UH_COMPILE_AHEAD_H

/*
 * Compiles the routes of a program that gets this process's environment, and sets
 * UNHAIRPIN_COMPILED to the path of the compiled file. Only this user (or root) can write that
 * file; an earlier run's file is used again if it is fresh. The variable is unset if there are
 * no routes, the cache beside the configuration is fresh and enough, the text has faults, or
 * the file cannot be written: the program then loads its routes itself. Prints nothing. Not
 * async-signal-safe.
 */
void uh_compile_ahead(void);

#endif

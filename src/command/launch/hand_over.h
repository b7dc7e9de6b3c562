/* SPDX-License-Identifier: MIT */
/* hand_over.h: routes that are compiled before the command that they are for is started. */
#ifndef UH_HAND_OVER_H
#define UH_HAND_OVER_H

/*
 * Compiles what a program with this process's environment will ask for, unless that has been
 * done before, into a file that only this user (or root) can write, and sets UNHAIRPIN_COMPILED
 * to its path. The variable is unset if there is nothing to compile, the cache beside the
 * configuration is fresh and enough, the text has faults or the file can't be written: the
 * program then finds its routes by itself. Prints nothing. Not async-signal-safe.
 */
void uh_hand_over(void);

#endif

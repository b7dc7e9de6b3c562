/* SPDX-License-Identifier: MIT */
/* renew.h: the newest version of the routes, from what there is to read. */
#ifndef UH_RENEW_H
#define UH_RENEW_H

#include <signal.h>
#include <stdbool.h>

/*
 * Compares the files with what was read of them; if they are others, or nothing was read yet,
 * reads the configuration and publishes its routes (versions.h). With faults, or when it can't
 * be read, the version that is there stays, unless it comes from a damaged cache. After the
 * first call there is a version, if an empty one. Returns whether the newest may be searched:
 * it is not damaged. For one caller at a time. mask: this thread's, from which a signal handler
 * is known; there what takes the parser is put off, and all else is async-signal-safe.
 */
bool uh_renew(const sigset_t *mask);

/* Publishes a version without routes in a damaged one's place, and reads nothing. As above. */
bool uh_do_without(void);

#endif

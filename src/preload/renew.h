/* SPDX-License-Identifier: MIT */
/* renew.h: the newest version of the routes, from what there is to read. */
#ifndef UH_RENEW_H
#define UH_RENEW_H

#include <signal.h>

/*
 * Compares the files with what was read of them; if they are others, or nothing was read yet,
 * reads the configuration and publishes its routes (versions.h). With faults, or when it can't
 * be read, the version that is there stays. After the first call there is a version, if an
 * empty one. For one caller at a time. mask: this thread's, from which a signal handler is
 * known; there what takes the parser is put off, and all else is async-signal-safe.
 */
void uh_renew(const sigset_t *mask);

#endif

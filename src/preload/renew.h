/* SPDX-License-Identifier: MIT */
/* renew.h: the newest version of the routes, from what there is to read. */
#ifndef UH_RENEW_H
#define UH_RENEW_H

/*
 * Compares the files with what was read of them; if they are others, or nothing was read yet,
 * reads the configuration and publishes its routes (versions.h). With faults, or when it can't
 * be read, the version that is there stays, unless it comes from a damaged cache. After the
 * first call there is a version, if an empty one. For one caller at a time; async-signal-safe
 * as far as uh_read is.
 */
void uh_renew(void);

#endif

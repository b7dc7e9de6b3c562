/* SPDX-License-Identifier: MIT */
/* errno_name.h: the names of error numbers, as a log or a report has them. */
#ifndef UH_ERRNO_NAME_H
#define UH_ERRNO_NAME_H

/*
 * "ECONNREFUSED" and so on, for what connect(2), execve(2) and their relatives can fail with;
 * "ok" for 0, and "EOTHER" for any other number. strerrorname_np(3) is not in every libc.
 * Async-signal-safe.
 */
const char *uh_error_name(int error);

/* The number that uh_error_name() has this name for, or -1. */
int uh_error_number(const char *name);

#endif

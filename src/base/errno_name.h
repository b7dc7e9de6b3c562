/* SPDX-License-Identifier: MIT */
/* errno_name.h: the names of error numbers, for logs and reports. */
#ifndef UH_ERRNO_NAME_H
#define UH_ERRNO_NAME_H

/*
 * The name of an error ("ECONNREFUSED") of connect(2), execve(2) and related calls; "ok" for 0,
 * and "EOTHER" for any other number. strerrorname_np(3) is not in every libc.
 * Async-signal-safe.
 */
const char *uh_error_name(int error);

/* The error number with this name, or -1. Async-signal-safe. */
int uh_error_number(const char *name);

#endif

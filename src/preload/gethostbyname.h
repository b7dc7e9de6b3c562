/* SPDX-License-Identifier: MIT */
/* gethostbyname.h: what libc makes of a number, under the name that it stands for. */
#ifndef UH_GETHOSTBYNAME_H
#define UH_GETHOSTBYNAME_H

#include <netdb.h>
#include <stddef.h>

/*
 * gethostbyname2(3) of a number (an address as text, of that family), with the name in the
 * number's place. Like libc's own, the answer and the name in it are static: the next call
 * overwrites them, and a thread that minds others calls the form below. NULL with h_errno as
 * libc says. Not async-signal-safe.
 */
struct hostent *uh_hostent_of_number(const char *number, int family, const char *name);

/*
 * The same as gethostbyname2_r(3): host, *result and the size bytes of buffer are the caller's.
 * Returns 0, ERANGE where name and answer don't fit, or what libc returns, with *error.
 */
int uh_hostent_of_number_r(const char *number, int family, const char *name,
			   struct hostent *host, char *buffer, size_t size,
			   struct hostent **result, int *error);

#endif

/* SPDX-License-Identifier: MIT */
/* gethostbyname.h: libc's answer for a number, with the name that the number stands for. */
#ifndef UH_GETHOSTBYNAME_H
#define UH_GETHOSTBYNAME_H

#include <netdb.h>
#include <stddef.h>

/*
 * Calls gethostbyname2(3) for a number (an address of that family as text), and puts the name
 * in place of the number. As with libc's own function, the result and its name are static: the
 * next call, of any thread, overwrites them. Returns NULL with libc's h_errno if libc fails.
 * Not async-signal-safe.
 */
struct hostent *uh_hostent_of_number(const char *number, int family, const char *name);

/*
 * The same with gethostbyname2_r(3): host, *result and the size bytes of buffer belong to the
 * caller. Returns libc's status and *error; ERANGE if the answer and the name do not fit. Not
 * async-signal-safe.
 */
int uh_hostent_of_number_r(const char *number, int family, const char *name,
			   struct hostent *host, char *buffer, size_t size,
			   struct hostent **result, int *error);

#endif

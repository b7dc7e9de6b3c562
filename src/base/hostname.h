/* SPDX-License-Identifier: MIT */
/* hostname.h: host names in canonical form, in which they are compared. */
#ifndef UH_HOSTNAME_H
#define UH_HOSTNAME_H

#include "address.h"

#define UH_NAME_MAX 253 /* bytes of a name without its final dot: RFC 1035, 2.3.4 */

/*
 * Writes the canonical form of text, a name from a program, into name (UH_NAME_MAX + 1 bytes):
 * lower case, no final dot. Returns false, with name unspecified, for a text that no route can
 * have: the text or a label is empty or too long, a byte is not an ASCII letter, a digit, "-"
 * or
 * "_", or inet_aton(3) might read the text as an address, because its last label is a number.
 * Async-signal-safe.
 */
bool uh_name_canonical(const char *text, char *name);

/*
 * The same for the name of a route, which may begin with "*." in place of one or more labels.
 * Returns false with a reason in why (UH_WHY bytes, host_port.h): what is wrong, and what was
 * expected. Not async-signal-safe.
 */
bool uh_name_parse(const char *text, char *name, char *why);

/* True if the name of a route begins with "*.". Async-signal-safe. */
static inline bool uh_name_is_wildcard(const char *name)
{
	return name[0] == '*';
}

/* The number of labels of a name, 1 to 127; "*" does not count. Async-signal-safe. */
unsigned uh_name_labels(const char *name);

/* The name without its first label, or NULL if that was the only one. Async-signal-safe. */
const char *uh_name_parent(const char *name);

/*
 * A hash of size bytes in 128 bits, the same on every machine and in every version: it is part
 * of files and of addresses. It does not resist somebody who searches for two names with one
 * key, so a name that is found by its key is compared as well. Async-signal-safe.
 */
struct uh_address uh_name_key(const void *bytes, size_t size);

#endif

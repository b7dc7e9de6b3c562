/* SPDX-License-Identifier: MIT */
/* hostname.h: host names, in the one form in which they are compared. */
#ifndef UH_HOSTNAME_H
#define UH_HOSTNAME_H

#include "address.h"

#define UH_NAME_MAX 253 /* bytes of a name without its final dot: RFC 1035, 2.3.4 */

/*
 * Writes text, a name as a program gives it, into name (UH_NAME_MAX + 1 bytes) in lower case
 * and without a final dot. Returns false, with name unspecified, for what no route can be for:
 * an empty text or label, one that is too long, bytes other than ASCII letters, digits, "-" and
 * "_", and anything that could be read as an IPv4 address (a number as its last label, as
 * inet_aton(3) takes it). Async-signal-safe.
 */
bool uh_name_canonical(const char *text, char *name);

/*
 * The same for the name of a route, which may begin with "*." for one or more labels on the
 * left. Returns false with a sentence in why (UH_WHY bytes, host_port.h) that says what was wrong
 * and what was expected. Not async-signal-safe.
 */
bool uh_name_parse(const char *text, char *name, char *why);

/* True for the name of a route that begins with "*.". Async-signal-safe. */
static inline bool uh_name_is_wildcard(const char *name)
{
	return name[0] == '*';
}

/* The labels of a name, 1 to 127; "*" is none. Async-signal-safe. */
unsigned uh_name_labels(const char *name);

/* What stands behind a name's first label and its dot, or NULL. Async-signal-safe. */
const char *uh_name_parent(const char *name);

/*
 * 128 bits that stand for size bytes, evenly spread: the same everywhere and always. Not meant
 * to withstand anyone who looks for two of a kind: who finds a name by its key compares the
 * name as well. Async-signal-safe.
 */
struct uh_address uh_name_key(const void *bytes, size_t size);

#endif

/* SPDX-License-Identifier: MIT */
/* heard_names.h: which name an address was the answer for, for a process that is traced. */
#ifndef UH_HEARD_NAMES_H
#define UH_HEARD_NAMES_H

#include "base/hostname.h"

/*
 * Names are kept in memory that is there from the start and never touched while nobody traces:
 * about a thousand, later ones taking the place of others. Read and written without locks; a
 * forked child has its parent's. All functions here are async-signal-safe and keep errno.
 */

/* Remembers that a name has the address; of several names the last one counts. What is no name
 * (hostname.h) is not kept. */
void uh_heard_put(const struct uh_address *address, const char *name);

/* Writes the name that the address was last an answer for into name (UH_NAME_MAX + 1 bytes).
 * False when there is none. */
bool uh_heard_find(const struct uh_address *address, char *name);

#endif

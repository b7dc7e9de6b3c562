/* SPDX-License-Identifier: MIT */
/* resolved_names.h: the names that a traced process looked up, by address. */
#ifndef UH_RESOLVED_NAMES_H
#define UH_RESOLVED_NAMES_H

#include "base/hostname.h"

/*
 * About a thousand addresses are kept in static memory, which is not touched unless the process
 * is traced; a later address may replace another. Both functions work without locks, keep errno
 * and are async-signal-safe.
 *
 * The table is in the process and not in `unhairpin trace`. There, a forked child would lack
 * the names that its parent looked up, and a connection could arrive before its look-up.
 */

/* Stores the name whose look-up gave the address, in place of an earlier one. A text that is no
 * host name (hostname.h) is not stored. */
void uh_resolved_name_put(const struct uh_address *address, const char *name);

/* Copies the name to name (UH_NAME_MAX + 1 bytes). False, with name unchanged, if there is
 * none. */
bool uh_resolved_name_find(const struct uh_address *address, char *name);

#endif

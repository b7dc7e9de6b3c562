/* SPDX-License-Identifier: MIT */
/* names.h: the asked-for destination of a routed socket, as a socket of its own. */
#ifndef UH_NAMES_H
#define UH_NAMES_H

#include "records.h"

/*
 * A new datagram socket connected to the destination that was asked for: it sends nothing, but
 * the kernel knows the way there (source address, path MTU). Returns it, or -1 with errno.
 * Async-signal-safe.
 */
int uh_scratch_datagram(const struct uh_record *record);

/*
 * Fills in what record->local lacks (the host's own source address for the destination, a
 * port), and keeps it: getsockname(2) then says the same. errno is not kept. Async-signal-safe.
 */
void uh_complete_local(struct uh_record *record);

#endif

/* SPDX-License-Identifier: MIT */
/* real_addresses.h: asks libc for the addresses that a routed name has in truth. */
#ifndef UH_REAL_ADDRESSES_H
#define UH_REAL_ADDRESSES_H

#include "name_cache.h"

/*
 * Adds the addresses of a family (AF_INET, AF_INET6, or AF_UNSPEC for both) that libc finds for
 * known->name to *known, in place of those of the family that it had; none where libc finds
 * none. flags are AI_ADDRCONFIG or 0. errno is kept. Not async-signal-safe.
 */
void uh_real_ask(struct uh_known_name *known, int family, int flags);

#endif

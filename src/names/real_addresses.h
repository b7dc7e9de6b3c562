/* SPDX-License-Identifier: MIT */
/* real_addresses.h: asks libc for the real addresses of a routed name. */
#ifndef UH_REAL_ADDRESSES_H
#define UH_REAL_ADDRESSES_H

#include "name_cache.h"

/*
 * Asks libc's getaddrinfo(3) for the addresses of entry->name in a family (AF_INET, AF_INET6,
 * or AF_UNSPEC for both). They replace the entry's real addresses of that family; if libc finds
 * none, the entry has none. A stand-in of the name, which /etc/hosts can have, does not count.
 * flags is AI_ADDRCONFIG or 0. errno is kept. Not async-signal-safe.
 */
void uh_resolve_real(struct uh_cached_name *entry, int family, int flags);

#endif

/* SPDX-License-Identifier: MIT */
/* real_addresses.c: asks libc for the real addresses of a routed name. */
#include "real_addresses.h"

#include <errno.h>
#include <netdb.h>

#include "libc/libc.h"

/* True for an address that /etc/hosts has from `unhairpin hosts`: it leads nowhere by itself.
 */
static bool is_own_stand_in(const struct uh_cached_name *entry,
			    const struct uh_address *address)
{
	return memcmp(&entry->stand_in[UH_IPV4], address, sizeof(*address)) == 0 ||
	       memcmp(&entry->stand_in[UH_IPV6], address, sizeof(*address)) == 0;
}

static void add(struct uh_cached_name *entry, const struct addrinfo *info)
{
	struct uh_endpoint endpoint;

	if (entry->reals == UH_REAL_ADDRESSES ||
	    !uh_endpoint_from_sockaddr(info->ai_addr, info->ai_addrlen, &endpoint) ||
	    is_own_stand_in(entry, &endpoint.address))
		return;
	for (unsigned i = 0; i < entry->reals; i++)
		if (memcmp(&entry->real[i], &endpoint.address, sizeof(endpoint.address)) == 0)
			return;
	entry->real[entry->reals++] = endpoint.address;
}

/* Removes the addresses of a set (1 << enum uh_family) of families. */
static void remove_families(struct uh_cached_name *entry, unsigned families)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < entry->reals; i++)
		if (!(families >> (uh_address_is_v4(&entry->real[i]) ? UH_IPV4 : UH_IPV6) & 1))
			entry->real[kept++] = entry->real[i];
	entry->reals = (uint8_t)kept;
}

void uh_resolve_real(struct uh_cached_name *entry, int family, int flags)
{
	const struct addrinfo hints = {
	    .ai_family = family, .ai_socktype = SOCK_STREAM, .ai_flags = flags};
	unsigned families = (family != AF_INET6) << UH_IPV4 | (family != AF_INET) << UH_IPV6;
	struct addrinfo *list, *at;
	int saved = errno;

	remove_families(entry, families);
	if (uh_libc_getaddrinfo()(entry->name, NULL, &hints, &list) == 0) {
		for (at = list; at; at = at->ai_next)
			add(entry, at);
		freeaddrinfo(list);
	}
	entry->asked |= (uint8_t)families;
	errno = saved;
}

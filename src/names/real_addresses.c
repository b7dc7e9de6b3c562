/* SPDX-License-Identifier: MIT */
/* real_addresses.c: asks libc for the addresses that a routed name has in truth. */
#include "real_addresses.h"

#include <errno.h>
#include <netdb.h>

#include "libc/libc.h"

static enum uh_family family_of(const struct uh_address *address)
{
	return uh_address_is_v4(address) ? UH_IPV4 : UH_IPV6;
}

static bool is_among(const struct uh_known_name *known, const struct uh_address *address)
{
	for (unsigned i = 0; i < known->reals; i++)
		if (memcmp(&known->real[i], address, sizeof(*address)) == 0)
			return true;
	return false;
}

static void add(struct uh_known_name *known, const struct addrinfo *info)
{
	struct uh_endpoint endpoint;

	if (known->reals < UH_REAL_ADDRESSES &&
	    uh_endpoint_from_sockaddr(info->ai_addr, info->ai_addrlen, &endpoint) &&
	    !is_among(known, &endpoint.address))
		known->real[known->reals++] = endpoint.address;
}

/* Drops the addresses of the families that are asked for anew. */
static void forget(struct uh_known_name *known, unsigned families)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < known->reals; i++)
		if (!(families >> family_of(&known->real[i]) & 1))
			known->real[kept++] = known->real[i];
	known->reals = (uint8_t)kept;
}

void uh_real_ask(struct uh_known_name *known, int family, int flags)
{
	const struct addrinfo hints = {
	    .ai_family = family, .ai_socktype = SOCK_STREAM, .ai_flags = flags};
	unsigned families = family == AF_INET	 ? 1u << UH_IPV4
			    : family == AF_INET6 ? 1u << UH_IPV6
						 : 1u << UH_IPV4 | 1u << UH_IPV6;
	struct addrinfo *list, *at;
	int saved = errno;

	forget(known, families);
	if (uh_libc_getaddrinfo()(known->name, NULL, &hints, &list) == 0) {
		for (at = list; at; at = at->ai_next)
			add(known, at);
		freeaddrinfo(list);
	}
	known->asked |= (uint8_t)families;
	errno = saved;
}

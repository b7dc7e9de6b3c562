/* SPDX-License-Identifier: MIT */
/* fallback.h: takes a connection to where the program asked to go. */
#ifndef UH_FALLBACK_H
#define UH_FALLBACK_H

#include "targets.h"

/*
 * Connects to the address that was asked for; in place of a stand-in to the real addresses of
 * its name, in order, of the family asked for first: to the first that answers, or on a
 * non-blocking socket to the first that does not refuse at once. An address route of a real
 * address holds. ENETUNREACH, and told, where no route knows the stand-in any more. try is for
 * protocol (UH_TCP or UH_UDP); address and length are the program's own. Returns as connect(2).
 * Async-signal-safe but for a name that this process has not looked up (see name_query.h).
 */
int uh_connect_original(const struct uh_routes *routes, struct uh_target_attempt *attempt,
			enum uh_protocol protocol, const struct sockaddr *address,
			socklen_t length);

/*
 * The same for a socket that no route is for (raw, ICMP; or a stream in another state, where
 * the kernel says so whatever the address): nothing is remembered of it.
 */
int uh_connect_other_kind(const struct uh_routes *routes, int fd,
			  const struct uh_endpoint *asked, const struct sockaddr *address,
			  socklen_t length);

/*
 * Where datagrams of fd to asked go, which the program passed as address: writes the first real
 * address of a stand-in's name and family into *real and returns its length. Returns 0 where
 * the address itself is meant, or UH_NOWHERE with errno ENETUNREACH: no route knows the
 * stand-in (which is told), or its name has no such address. On a stream, where bind(2) alone
 * heeds an address, as far as it is known. Async-signal-safe as uh_names_find_real
 * (name_query.h) is.
 */
#define UH_NOWHERE UINT32_MAX
socklen_t uh_real_name(const struct uh_routes *routes, int fd, const struct uh_endpoint *asked,
		       const struct sockaddr *address, struct sockaddr_storage *real);

/*
 * The same for a bind(2) that has failed because this host has no such address: the name is
 * looked up if this process has not done so, whatever the kind of the socket. Returns 0 if the
 * address is no stand-in, no route knows it, or its name has no address of its family.
 */
socklen_t uh_real_name_to_bind(const struct uh_routes *routes, const struct uh_endpoint *asked,
			       const struct sockaddr *address, struct sockaddr_storage *real);

#endif

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

#endif

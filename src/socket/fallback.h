/* SPDX-License-Identifier: MIT */
/* fallback.h: connects to the destination that the program asked for. */
#ifndef UH_FALLBACK_H
#define UH_FALLBACK_H

#include "attempt.h"

/*
 * Connects to attempt->asked. If that is a stand-in, tries the real addresses of its name in
 * order, those of the family that was asked for first, until one answers (on a non-blocking
 * socket: until one does not refuse at once); a route for a real address applies. Gives
 * ENETUNREACH, with a report, if no route knows the stand-in. protocol is UH_TCP or UH_UDP;
 * address and length are the program's own. Returns as connect(2). Async-signal-safe, except
 * for a name that this process has not looked up (name_query.h).
 */
int uh_connect_original(const struct uh_routes *routes, struct uh_target_attempt *attempt,
			enum uh_protocol protocol, const struct sockaddr *address,
			socklen_t length);

/*
 * The same for a socket that no route applies to: a raw or ICMP socket, or a stream that is
 * connected or listens, where the kernel reports the error whatever the address. Keeps no
 * record.
 */
int uh_connect_other_kind(const struct uh_routes *routes, int fd,
			  const struct uh_endpoint *asked, const struct sockaddr *address,
			  socklen_t length);

/*
 * Finds where datagrams of fd to asked must be sent; address is what the program passed. For a
 * stand-in, writes the first real address of its name and family into *real and returns its
 * length. Returns 0 if the address itself is meant. Returns UH_NOWHERE with errno ENETUNREACH
 * if no route knows the stand-in, with a report, or if its name has no such address. For a
 * stream, where only bind(2) uses an address, finds only what this process has looked up.
 * Async-signal-safe as uh_names_find_real (name_query.h) is.
 */
#define UH_NOWHERE UINT32_MAX
socklen_t uh_real_name(const struct uh_routes *routes, int fd, const struct uh_endpoint *asked,
		       const struct sockaddr *address, struct sockaddr_storage *real);

/*
 * The same for a bind(2) that has failed because this host has no such address. The name is
 * looked up if this process has not done so, whatever the kind of the socket. Returns 0 if the
 * address is no stand-in, no route knows it, or its name has no address of its family.
 */
socklen_t uh_real_name_to_bind(const struct uh_routes *routes, const struct uh_endpoint *asked,
			       const struct sockaddr *address, struct sockaddr_storage *real);

#endif

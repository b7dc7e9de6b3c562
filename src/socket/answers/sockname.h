/* SPDX-License-Identifier: MIT */
/* sockname.h: the asked-for destination of a routed socket, as a socket of its own. */
#ifndef UH_SOCKNAME_H
#define UH_SOCKNAME_H

#include "socket/state/records.h"

/*
 * getsockopt(SO_PEERNAME) of the routed fd, as the kernel's sk_getsockopt() has it
 * (net/core/sock.c): getpeername(2), also after the end of the connection, but with EINVAL for
 * more bytes than the name has, and the length left as it was. Async-signal-safe.
 */
int uh_peer_name_option(int fd, const struct uh_record *record, void *value, socklen_t *length);

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

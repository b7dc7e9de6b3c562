/* SPDX-License-Identifier: MIT */
/* sockname.h: the addresses of a routed socket. */
#ifndef UH_SOCKNAME_H
#define UH_SOCKNAME_H

#include "socket/state/records.h"

/*
 * getsockopt(SO_PEERNAME) of the routed fd, as in the kernel's sk_getsockopt()
 * (net/core/sock.c). Differs from getpeername(2): it also works after the connection has ended,
 * EINVAL if *length is more than the size of the address, and *length is not changed.
 * Async-signal-safe.
 */
int uh_peer_name_option(int fd, const struct uh_record *record, void *value, socklen_t *length);

/*
 * Returns a new datagram socket that is connected to the record's peer, or -1 with errno. It
 * sends nothing; the kernel tells through it the source address and the path MTU.
 * Async-signal-safe.
 */
int uh_scratch_datagram(const struct uh_record *record);

/*
 * Completes record->local, as the kernel does when it connects: the host's source address for
 * the peer if no address was bound, and a port if none was. Stores it in the record, so that
 * later calls give the same. errno is not kept. Async-signal-safe.
 */
void uh_complete_local(struct uh_record *record);

#endif

/* SPDX-License-Identifier: MIT */
/* sockname.h: the addresses of a routed socket. */
#ifndef UH_SOCKNAME_H
#define UH_SOCKNAME_H

#include "socket/state/records.h"

/*
 * getpeername(2) and getsockname(2). For a routed socket, the peer is the destination that the
 * program asked for; a replaced one has a local address of the program's family. Return and set
 * errno as the calls do; errno is kept on success. Async-signal-safe.
 */
int uh_getpeername(int fd, struct sockaddr *address, socklen_t *length);
int uh_getsockname(int fd, struct sockaddr *address, socklen_t *length);

/*
 * True, with errno, if fd is a replaced socket: bind(2) must then fail with that errno, as on a
 * connected TCP socket (EINVAL, or what the address itself gives). Else errno is kept.
 * Async-signal-safe.
 */
bool uh_bind_is_refused(int fd, const struct sockaddr *address, socklen_t length);

/*
 * getsockopt(SO_PEERNAME) of the routed fd, as in the kernel's sk_getsockopt()
 * (net/core/sock.c). Differs from getpeername(2): it also works after the connection has ended,
 * EINVAL if *length is more than the size of the address, and *length is not changed.
 * Async-signal-safe.
 */
int uh_getsockopt_peername(int fd, const struct uh_record *record, void *value,
			   socklen_t *length);

/*
 * Returns a new datagram socket that is connected to the record's peer, or -1 with errno. It
 * sends nothing; the kernel tells through it the source address and the path MTU.
 * Async-signal-safe.
 */
int uh_open_datagram_to_peer(const struct uh_record *record);

/*
 * Completes record->local, as the kernel does when it connects: the host's source address for
 * the peer if no address was bound, and a port if none was. Stores it in the record, so that
 * later calls give the same. errno is not kept. Async-signal-safe.
 */
void uh_choose_local_address(struct uh_record *record);

#endif

/* SPDX-License-Identifier: MIT */
/* unix_datagram.h: hands a message to a Unix socket of somebody else's, and keeps nothing. */
#ifndef UH_UNIX_DATAGRAM_H
#define UH_UNIX_DATAGRAM_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

/*
 * Sends one message by a socket of that type (SOCK_DGRAM or SOCK_SEQPACKET) that lives for the
 * length of this call. False when it could not be sent whole, or not at once: nobody is waited
 * for. No signal comes of it. To be called with cancellation held; errno is not kept.
 * Async-signal-safe.
 */
bool uh_datagram(int type, const struct sockaddr_un *name, socklen_t length,
		 const struct iovec *part, size_t parts);

#endif

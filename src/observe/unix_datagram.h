/* SPDX-License-Identifier: MIT */
/* unix_datagram.h: sends one message to a Unix socket. */
#ifndef UH_UNIX_DATAGRAM_H
#define UH_UNIX_DATAGRAM_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

/*
 * Sends the parts as one message to the socket with that name, by a socket of that type
 * (SOCK_DGRAM or SOCK_SEQPACKET) which is closed again. False if the whole message could not be
 * sent at once, with errno of the call that failed; the call does not wait, and raises no
 * signal. To be called with cancellation held. Async-signal-safe.
 */
bool uh_datagram(int type, const struct sockaddr_un *name, socklen_t length,
		 const struct iovec *part, size_t parts);

#endif

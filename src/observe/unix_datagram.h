/* SPDX-License-Identifier: MIT */
/* unix_datagram.h: sends one message to a Unix socket. */
#ifndef UH_UNIX_DATAGRAM_H
#define UH_UNIX_DATAGRAM_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

/*
 * Sends the parts as one message on fd, a new non-blocking Unix socket, to the socket with that
 * name. False if the whole message could not be sent at once, with errno of the call that
 * failed; the call does not wait, and raises no signal. To be called with cancellation held.
 * Async-signal-safe.
 */
bool uh_datagram(int fd, const struct sockaddr_un *name, socklen_t length,
		 const struct iovec *part, size_t parts);

#endif

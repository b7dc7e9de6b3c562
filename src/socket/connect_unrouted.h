/* SPDX-License-Identifier: MIT */
/* connect_unrouted.h: connects a socket without a route. */
#ifndef UH_CONNECT_UNROUTED_H
#define UH_CONNECT_UNROUTED_H

#include <sys/socket.h>

/*
 * libc's connect(2), corrected for a socket that was routed before: a replaced one gives
 * EISCONN, and AF_UNSPEC ends a routed connection as it ends any other. Async-signal-safe.
 */
int uh_connect_unrouted(int fd, const struct sockaddr *address, socklen_t length);

#endif

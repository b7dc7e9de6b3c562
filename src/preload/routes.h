/* SPDX-License-Identifier: MIT */
/* routes.h: the routes of this process, read on first use. */
#ifndef UH_ROUTES_H
#define UH_ROUTES_H

#include "socket.h"

/*
 * The routes, read now if they have not been. Never NULL; its table is NULL when nothing is
 * routed. errno is kept. After the first call async-signal-safe and one load; the first reads
 * files, loads the parser object and allocates, with signals blocked and cancellation held.
 */
const struct uh_routes *uh_routes(void);

/* True when there is anything to read: a variable of ours, or the default file. errno is kept.
 * Async-signal-safe. */
bool uh_may_have_routes(void);

/*
 * Reads the address that a program passes, of length bytes on the socket fd, into *asked.
 * Returns false when it is no IP address that the kernel would accept, or can't be read.
 * Async-signal-safe.
 */
bool uh_asks_for(int fd, const struct sockaddr *address, socklen_t length,
		 struct uh_endpoint *asked);

/*
 * Where the address that a program passes, as above, is a stand-in that this process was given,
 * writes the first real address of its name and family into *real and returns its length, else
 * returns 0. Async-signal-safe.
 */
socklen_t uh_real_name(int fd, const struct sockaddr *address, socklen_t length,
		       struct sockaddr_storage *real);

#endif

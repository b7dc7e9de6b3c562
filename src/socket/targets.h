/* SPDX-License-Identifier: MIT */
/* targets.h: tries the targets of a route. */
#ifndef UH_TARGETS_H
#define UH_TARGETS_H

#include "describe.h"
#include "socket.h"

/* How a try ended. */
enum uh_outcome {
	UH_NO_ANSWER, /* the next target's turn; the program's socket is as it was */
	UH_CONNECTED, /* connect(2) returns 0 */
	UH_FINAL,     /* connect(2) returns -1 with errno: EINPROGRESS, EINTR… */
};

/* One try: a target of a table for a socket and the address that the program asked for. */
struct uh_try {
	const struct uh_table *table;
	const struct uh_table_route *route;
	const struct uh_table_target *target;
	const struct uh_socket *socket;
	const struct uh_endpoint *asked;
	uint32_t flow; /* sin6_flowinfo of the address that was asked for */
};

/*
 * Tries the targets of try->route in order until one answers; try->target is the last that was
 * tried. errno is set with UH_FINAL, else undefined. Async-signal-safe.
 */
enum uh_outcome uh_try_targets(struct uh_try *try, const struct uh_routes *routes);

/*
 * Tries an IP target, on the program's own socket, or where families can't meet on one that
 * replaces it. errno is set with UH_FINAL and, to the reason, with UH_NO_ANSWER.
 * Async-signal-safe.
 */
enum uh_outcome uh_try_ip(const struct uh_try *try);

/* The same for an address that is no target's. */
enum uh_outcome uh_try_address(const struct uh_try *try, const struct uh_endpoint *to);

/* Tries a Unix target for a stream socket; on success it replaces the program's. As above. */
enum uh_outcome uh_try_unix(const struct uh_try *try);

#endif

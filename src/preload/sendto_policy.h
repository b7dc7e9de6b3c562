/* SPDX-License-Identifier: MIT */
/* sendto_policy.h: decides how data with an address beside it are sent. */
#ifndef UH_SENDTO_POLICY_H
#define UH_SENDTO_POLICY_H

#include "socket/datagram_by_route.h"
#include "socket/state/records.h"

/* How the data are sent. */
enum uh_way {
	UH_AS_IT_IS,	/* unchanged, by libc */
	UH_FAILS,	/* not at all; errno is error */
	UH_OPENS,	/* after a connect(2), without MSG_FASTOPEN */
	UH_TRACED,	/* unchanged, and reported to `unhairpin trace` */
	UH_UNADDRESSED, /* without the address, which the kernel would ignore */
	UH_DATAGRAM,	/* as uh_datagram_decide says about asked */
};

struct uh_addressed {
	enum uh_way way;
	int error;
	bool is_ip; /* for UH_TRACED: asked is the IP address to connect to */
	struct uh_endpoint asked;
};

/* False if data with these flags, and without an address, go straight to libc. */
static inline bool uh_may_be_addressed(int flags)
{
	return flags & MSG_FASTOPEN || uh_records_any();
}

/*
 * True if a datagram of fd to an address of length bytes, as the program passed it, needs a
 * decision: a route may match, or the socket has sent by routes before and may now send to a
 * target itself. *asked is then the parsed address. errno is kept. Async-signal-safe as
 * uh_routes_decide (routes.h) is.
 */
bool uh_datagram_needs_decision(int fd, const struct sockaddr *address, socklen_t length,
				struct uh_endpoint *asked);

/*
 * Decides how data are sent from fd to an address of length bytes, as the program passed it, or
 * NULL. errno is kept. Async-signal-safe as uh_routes_decide (routes.h) is.
 */
void uh_addressed_decide(int fd, const struct sockaddr *address, socklen_t length, int flags,
			 struct uh_addressed *addressed);

/*
 * Reports a datagram of fd to asked that was sent as decided by the table of routes; sent is
 * the result of the call. errno is kept. Async-signal-safe.
 */
void uh_note_datagram(const struct uh_routes *routes, int fd, const struct uh_endpoint *asked,
		      const struct uh_datagram *datagram, ssize_t sent);

/*
 * Returns sent, the result of a call that sends on fd: it tells a traced program whether its
 * connection has been made. errno is kept. Async-signal-safe.
 */
ssize_t uh_note_sent(int fd, ssize_t sent);

#endif

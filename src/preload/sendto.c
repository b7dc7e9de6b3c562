/* SPDX-License-Identifier: MIT */
/*
 * sendto.c: send(2) and sendto(2), for datagrams, TCP Fast Open and MSG_ZEROCOPY; all other
 * calls go straight to libc.
 */
#include <errno.h>
#include <pthread.h>

#include "export.h"
#include "libc/libc.h"
#include "observe/traced_call.h"
#include "routes/routes.h"
#include "sendto_policy.h"

static ssize_t send_traced(int fd, const void *data, size_t size, int flags,
			   const struct sockaddr *address, socklen_t length,
			   const struct uh_addressed *addressed)
{
	struct uh_traced_call trace;
	ssize_t sent;

	uh_traced_call_begin(&trace, fd, addressed->is_ip ? &addressed->asked : NULL, NULL);
	pthread_cleanup_push(uh_traced_call_cleanup, &trace);
	sent = uh_libc_sendto()(fd, data, size, flags, address, length);
	pthread_cleanup_pop(0);
	uh_traced_call_end(&trace, sent < 0);
	return sent;
}

/* Out of line, so that other calls do not pay for its frame. */
__attribute__((noinline)) static ssize_t send_datagram(int fd, const void *data, size_t size,
						       int flags,
						       const struct sockaddr *address,
						       socklen_t length,
						       const struct uh_endpoint *asked)
{
	const struct uh_routes *routes = uh_routes_acquire_current();
	struct uh_datagram datagram;
	ssize_t sent = -1;

	pthread_cleanup_push(uh_routes_cleanup, (void *)routes);
	uh_datagram_decide(routes, fd, asked, address, &datagram);
	if (datagram.error)
		errno = datagram.error;
	else if (datagram.length)
		sent = uh_libc_sendto()(fd, data, size, flags, &datagram.name.address,
					datagram.length);
	else
		sent = uh_libc_sendto()(fd, data, size, flags, address, length);
	uh_note_datagram(routes, fd, asked, &datagram, sent);
	pthread_cleanup_pop(0);
	uh_routes_release(routes);
	return sent;
}

/* For data with flags, and for a process with routed connections. */
__attribute__((noinline)) static ssize_t send_addressed(int fd, const void *data, size_t size,
							int flags,
							const struct sockaddr *address,
							socklen_t length)
{
	struct uh_addressed addressed;

	uh_addressed_decide(fd, address, length, flags, &addressed);
	switch (addressed.way) {
	case UH_FAILS:
		errno = addressed.error;
		return -1;
	case UH_OPENS:
		if (connect(fd, address, length) != 0)
			return -1;
		return uh_libc_sendto()(fd, data, size, flags & ~MSG_FASTOPEN, NULL, 0);
	case UH_UNADDRESSED:
		return uh_libc_sendto()(fd, data, size, flags, NULL, 0);
	case UH_DATAGRAM:
		return send_datagram(fd, data, size, flags, address, length, &addressed.asked);
	case UH_TRACED:
		return send_traced(fd, data, size, flags, address, length, &addressed);
	case UH_AS_IT_IS:
		break;
	}
	return uh_note_sent(fd, uh_libc_sendto()(fd, data, size, flags, address, length));
}

UH_EXPORT ssize_t sendto(int fd, const void *data, size_t size, int flags,
			 const struct sockaddr *address, socklen_t length)
{
	struct uh_endpoint asked;

	if (uh_may_be_addressed(flags))
		return send_addressed(fd, data, size, flags, address, length);
	if (address && uh_datagram_needs_decision(fd, address, length, &asked))
		return send_datagram(fd, data, size, flags, address, length, &asked);
	return uh_libc_sendto()(fd, data, size, flags, address, length);
}

/* Most calls are handed to libc by a jump. */
UH_EXPORT ssize_t send(int fd, const void *data, size_t size, int flags)
{
	if (flags & (MSG_ZEROCOPY | MSG_FASTOPEN) && uh_records_any())
		return send_addressed(fd, data, size, flags, NULL, 0);
	return uh_libc_send()(fd, data, size, flags);
}

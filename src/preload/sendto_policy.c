/* SPDX-License-Identifier: MIT */
/* sendto_policy.c: decides how data with an address beside it are sent. */
#include "sendto_policy.h"

#include <errno.h>
#include <netinet/in.h>

#include "observe/datagrams.h"
#include "observe/outcome.h"
#include "routes/routes.h"
#include "socket/state/asked_addresses.h"
#include "socket/state/socket_info.h"
#include "observe/trace_channel.h"
#include "process/user_memory.h"
#include "socket/answers/sockopt.h"

/*
 * False for an address that the kernel would reject; the call is then passed on, so that the
 * program gets the kernel's own error.
 */
static bool is_readable(int fd, const struct sockaddr *address, socklen_t length)
{
	return length && length <= sizeof(struct sockaddr_storage) &&
	       uh_is_readable(fd, address, length);
}

/*
 * MSG_FASTOPEN connects and sends in one call. If the address has a route, the connection is
 * made first and the data are sent on it: a local connection has no round trip to save.
 */
static enum uh_way open_way(int fd, const struct sockaddr *address, socklen_t length,
			    struct uh_addressed *addressed)
{
	struct uh_decision decision;

	if (!address || !uh_is_unconnected_stream(fd))
		return UH_AS_IT_IS;
	decision = uh_routes_decide(fd, address, length, UH_TCP);
	if (decision.routes) {
		/*
		 * connect() decides again, because other messages of a batch may be sent in
		 * between
		 */
		uh_routes_release(decision.routes);
		return UH_OPENS;
	}
	addressed->is_ip = decision.is_ip;
	addressed->asked = decision.asked;
	return uh_traces() ? UH_TRACED : UH_AS_IT_IS;
}

/*
 * MSG_FASTOPEN on a connected TCP socket gives EISCONN. Exception: if the program has not yet
 * learnt that the connection was made, the data are sent, whatever the address
 * (__inet_stream_connect() in linux/net/ipv4/af_inet.c). The Unix socket in its place would
 * send the data or refuse the address. False if fd is not a replaced stream.
 */
static bool opens_again(int fd, const struct sockaddr *address, socklen_t length,
			struct uh_addressed *addressed)
{
	struct uh_record record;
	sa_family_t family = AF_INET;

	if (!uh_record_find(fd, &record) || record.kind != UH_REPLACED ||
	    record.type != SOCK_STREAM)
		return false;
	if (address && is_readable(fd, address, length) && length >= sizeof(family))
		family = uh_family_of(address);
	addressed->way = UH_FAILS;
	addressed->error = family == AF_UNSPEC ? EOPNOTSUPP : EISCONN;
	if (family != AF_UNSPEC && uh_record_clear_in_progress(record.identity))
		addressed->way = UH_UNADDRESSED;
	return true;
}

/* True if fd is a UDP socket, for a traced process. */
static bool is_datagram(int fd)
{
	int saved = errno;
	bool is = uh_get_int_option(fd, SOL_SOCKET, SO_TYPE, 0) == SOCK_DGRAM &&
		  uh_get_int_option(fd, SOL_SOCKET, SO_PROTOCOL, 0) == IPPROTO_UDP;

	errno = saved;
	return is;
}

bool uh_datagram_needs_decision(int fd, const struct sockaddr *address, socklen_t length,
				struct uh_endpoint *asked)
{
	return uh_routes_may_match(fd, address, length, asked) ||
	       (uh_may_have_asked(fd) && uh_parse_destination(fd, address, length, asked));
}

/* The same, or true for any datagram of a traced process. */
static bool is_for_us(int fd, const struct sockaddr *address, socklen_t length,
		      struct uh_endpoint *asked)
{
	return uh_datagram_needs_decision(fd, address, length, asked) ||
	       (uh_traces() && uh_parse_destination(fd, address, length, asked) &&
		is_datagram(fd));
}

void uh_addressed_decide(int fd, const struct sockaddr *address, socklen_t length, int flags,
			 struct uh_addressed *addressed)
{
	addressed->way = UH_AS_IT_IS;
	if (flags & MSG_FASTOPEN && opens_again(fd, address, length, addressed))
		return;
	/* A Unix socket never reports when the buffer can be reused. */
	if (flags & MSG_ZEROCOPY && uh_zerocopy_is_unsupported(fd)) {
		addressed->way = UH_FAILS;
		addressed->error = ENOBUFS;
		return;
	}
	if (flags & MSG_FASTOPEN)
		addressed->way = open_way(fd, address, length, addressed);
	if (addressed->way != UH_AS_IT_IS || !address)
		return;
	if (uh_is_hinted_replaced_stream(fd))
		addressed->way =
		    is_readable(fd, address, length) ? UH_UNADDRESSED : UH_AS_IT_IS;
	else if (is_for_us(fd, address, length, &addressed->asked))
		addressed->way = UH_DATAGRAM;
}

void uh_note_datagram(const struct uh_routes *routes, int fd, const struct uh_endpoint *asked,
		      const struct uh_datagram *datagram, ssize_t sent)
{
	int error = sent < 0 ? errno : 0;

	if (datagram->route || (uh_traces() && is_datagram(fd)))
		uh_tell_datagram(routes->table, asked, datagram->route, datagram->target,
				 error);
}

ssize_t uh_note_sent(int fd, ssize_t sent)
{
	if (uh_traces())
		uh_awaited_used(fd, sent < 0);
	return sent;
}

/* SPDX-License-Identifier: MIT */
/*
 * target_ip.c: connects to another IP address, on the program's own socket, or on a socket of
 * the other family that then replaces it.
 */
#include "target_ip.h"

#include <errno.h>
#include <linux/tcp.h> /* its struct tcp_info has more members than that of netinet/tcp.h */
#include <netinet/in.h>
#include <poll.h>

#include "process/seccomp_filter.h"
#include "libc/libc.h"
#include "socket/state/asked_addresses.h"
#include "socket/state/datagram_socket.h"
#include "socket/state/fd_hints.h"
#include "socket/replace/replace.h"
#include "socket/replace/temporary_fds.h"
#include "socket/state/socket_info.h"
#include "socket/state/identity.h"

/*
 * True for an error of connect(2) that is not about the target, but about the program, its
 * socket, or a wait that ended.
 */
static bool is_final(int error)
{
	switch (error) {
	case EINPROGRESS:
	case EALREADY:
	case EISCONN:
	case EINTR:
	case EBADF:
	case ENOTSOCK:
	case EFAULT:
	case ENOBUFS:
	case ENOMEM:
		return true;
	}
	return false;
}

/* Ends the attempt on fd, if fd still has the socket of this identity. */
static void forget_attempt(int fd, uint64_t identity)
{
	static const struct sockaddr nothing = {.sa_family = AF_UNSPEC};

	if (uh_socket_identity(fd) == identity)
		uh_libc_connect()(fd, &nothing, sizeof(nothing));
}

/*
 * True if the service accepted the connection and then reset it. It has answered, so the
 * program must see the error.
 */
static bool was_accepted(int fd)
{
	struct tcp_info info = {.tcpi_bytes_acked = 0};
	socklen_t size = sizeof(info);

	/* The SYN counts as a byte (tcp_ack() in linux/net/ipv4/tcp_input.c) */
	return uh_libc_getsockopt()(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
	       info.tcpi_bytes_acked > 0;
}

/*
 * True if the target refused within the call. A closed port on this machine does so, although
 * connect(2) says EINPROGRESS. If a seccomp filter may forbid poll(2), the TCP state is read:
 * an attempt that has ended has failed.
 */
static bool refused_at_once(int fd)
{
	struct pollfd check = {.fd = fd, .events = POLLOUT};
	int ready = uh_is_filtered() ? -1 : poll(&check, 1, 0);
	bool ended =
	    ready < 0 ? uh_is_unconnected_stream(fd) : ready == 1 && check.revents & POLLERR;

	return ended && !was_accepted(fd);
}

/* Connects fd, which is the program's socket or a temporary one, with this identity. */
static enum uh_outcome connect_to(const struct uh_target_attempt *attempt, int fd,
				  uint64_t identity, const struct sockaddr_storage *name,
				  socklen_t length)
{
	int error;

	if (uh_libc_connect()(fd, (const struct sockaddr *)name, length) == 0)
		return UH_CONNECTED;
	if (!is_final(errno))
		return UH_NO_ANSWER;
	if (errno != EINPROGRESS)
		return UH_FINAL;
	if (!attempt->last && refused_at_once(fd)) {
		error =
		    uh_get_int_option(fd, SOL_SOCKET, SO_ERROR, 0); /* which also clears it */
		forget_attempt(fd, identity);
		errno = error ? error : ECONNREFUSED;
		return UH_NO_ANSWER;
	}
	errno = EINPROGRESS;
	return UH_FINAL;
}

/*
 * Notes that answers on a datagram socket bear the address that was asked for. Only those from
 * the peer arrive there, but some may have arrived before.
 */
static void note_asked(const struct uh_target_attempt *attempt, uint64_t identity,
		       const struct sockaddr_storage *name, socklen_t length)
{
	struct uh_endpoint to;

	if (attempt->socket->type == SOCK_DGRAM &&
	    uh_endpoint_from_sockaddr((const struct sockaddr *)name, length, &to))
		uh_asked_add(attempt->socket->fd, identity, attempt->socket->domain, &to,
			     attempt->asked);
}

/* Records the connection. Without room for the record, the attempt is ended. */
static bool remember(int fd, struct uh_record *record)
{
	if (!uh_record_add(fd, record)) {
		forget_attempt(fd, record->identity);
		return false;
	}
	uh_fd_add_hint(fd, UH_HINT_ROUTED);
	return true;
}

/*
 * Tries the program's own socket. The kernel then answers everything except the name of the
 * peer.
 */
static enum uh_outcome try_own(const struct uh_target_attempt *attempt,
			       const struct sockaddr_storage *name, socklen_t length)
{
	struct uh_record record = uh_record_for(attempt, UH_REWRITTEN);
	enum uh_outcome outcome =
	    connect_to(attempt, attempt->socket->fd, attempt->socket->identity, name, length);
	int error = errno;

	record.identity = attempt->socket->identity;
	if (outcome == UH_CONNECTED)
		note_asked(attempt, record.identity, name, length);
	if ((outcome == UH_CONNECTED ||
	     (outcome == UH_FINAL && (error == EINPROGRESS || error == EINTR))) &&
	    !remember(attempt->socket->fd, &record)) {
		outcome = UH_NO_ANSWER;
		error = ENOMEM; /* no back-off for that */
	}
	errno = error;
	return outcome;
}

/*
 * Connects fresh, a socket of the target's family, which then replaces the program's. It is
 * prepared first and is blocking if the program's is, so that the kernel waits as it would for
 * the program, with SO_SNDTIMEO and signals. After EINPROGRESS or EINTR the attempt continues,
 * so fresh replaces the program's socket then too.
 */
static enum uh_outcome connect_other(const struct uh_target_attempt *attempt, int fresh,
				     struct uh_record *record,
				     const struct sockaddr_storage *name, socklen_t length)
{
	enum uh_outcome outcome = UH_NO_ANSWER;
	int error = 0, flags;

	if (!uh_prepare_replacement(attempt->socket, fresh, record))
		return UH_NO_ANSWER;
	flags = uh_copy_flags(attempt->socket, fresh);
	if (flags >= 0)
		outcome = connect_to(attempt, fresh, record->identity, name, length);
	error = errno;
	if (outcome == UH_FINAL && error != EINPROGRESS && error != EINTR)
		outcome = UH_NO_ANSWER;
	if (outcome != UH_NO_ANSWER) {
		uh_search_sets_of(attempt->socket, flags);
		if (!uh_replace(attempt->socket->fd, attempt->socket->identity, fresh, flags)) {
			outcome = UH_NO_ANSWER;
			error = errno;
		}
	}
	if (outcome == UH_CONNECTED) {
		note_asked(attempt, record->identity, name, length);
		uh_datagram_socket_forget(attempt->socket->fd);
	}
	if (outcome == UH_NO_ANSWER)
		uh_record_remove(record->identity);
	errno = error;
	return outcome;
}

static enum uh_outcome try_other(const struct uh_target_attempt *attempt, sa_family_t family,
				 const struct sockaddr_storage *name, socklen_t length)
{
	struct uh_record record = uh_record_for(attempt, UH_REPLACED);
	int fresh = uh_temporary_open(family, attempt->socket->type, attempt->socket->protocol,
				      &record.identity);
	enum uh_outcome outcome;

	if (fresh < 0)
		return UH_NO_ANSWER;
	outcome = connect_other(attempt, fresh, &record, name, length);
	if (outcome == UH_NO_ANSWER)
		uh_temporary_close(fresh);
	return outcome;
}

/*
 * The family of the socket that can reach the target; that of the program's socket if possible.
 * An IPv6 socket reaches an IPv4 target by a mapped address, but this is used only if the
 * program asked for a mapped address itself: after such an attempt the socket can't connect to
 * an IPv6 address any more, even after AF_UNSPEC (tcp_v6_connect() leaves it with the
 * operations of IPv4), and on_failure may require that.
 */
static sa_family_t family_for(const struct uh_target_attempt *attempt,
			      const struct uh_endpoint *target)
{
	if (!uh_address_is_v4(&target->address))
		return AF_INET6;
	if (attempt->socket->domain == AF_INET6 && uh_address_is_v4(&attempt->asked->address) &&
	    !uh_get_int_option(attempt->socket->fd, IPPROTO_IPV6, IPV6_V6ONLY, 0))
		return AF_INET6;
	return AF_INET;
}

/*
 * True if the program's own socket can be used. A socket that has tried a mapped address, by
 * the program or for an earlier target, would wait for ever for an answer from an IPv6 address.
 */
static bool own_serves(const struct uh_target_attempt *attempt,
		       const struct uh_endpoint *target, sa_family_t family)
{
	bool tried_mapped = attempt->socket->type == SOCK_STREAM &&
			    uh_address_is_v4(&attempt->asked->address) &&
			    !uh_address_is_v4(&target->address);

	return family == attempt->socket->domain && !tried_mapped;
}

__attribute__((noinline)) enum uh_outcome uh_try_ip(const struct uh_target_attempt *attempt)
{
	const struct uh_endpoint target = {
	    .address = attempt->target->address,
	    .scope_id = attempt->target->scope_id,
	    .port = attempt->target->port ? attempt->target->port : attempt->asked->port,
	};

	return uh_try_address(attempt, &target);
}

__attribute__((noinline)) enum uh_outcome uh_try_address(
    const struct uh_target_attempt *attempt, const struct uh_endpoint *to)
{
	sa_family_t family = family_for(attempt, to);
	struct sockaddr_storage name;
	socklen_t length = uh_endpoint_to_sockaddr(to, family, &name);

	if (own_serves(attempt, to, family))
		return try_own(attempt, &name, length);
	return try_other(attempt, family, &name, length);
}

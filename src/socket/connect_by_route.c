/* SPDX-License-Identifier: MIT */
/* connect_by_route.c: takes a connection through the targets of its route. */
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>

#include "socket/replace/copy_options.h"
#include "libc/libc.h"
#include "socket/state/fd_hints.h"
#include "connect_by_route.h"
#include "fallback.h"
#include "socket/state/records.h"
#include "socket/replace/replace.h"
#include "routed_socket.h"
#include "socket/replace/temporary_fds.h"
#include "process/user_memory.h"
#include "socket/state/socket_info.h"

/*
 * The kernel keeps what was bound when a connection is dissolved (tcp_disconnect() in
 * linux/net/ipv4/tcp.c). The port may be somebody else's meanwhile: then the address is left.
 */
static void bind_again(int fresh, const struct uh_record *record)
{
	static const struct uh_address any_v4 = {.byte = {[10] = 0xff, 0xff}};
	struct uh_endpoint local = record->local;
	struct sockaddr_storage name;
	socklen_t length;

	if (!(record->bound & UH_BOUND_ADDRESS))
		local.address = record->domain == AF_INET ? any_v4 : (struct uh_address){{0}};
	if (!(record->bound & UH_BOUND_PORT))
		local.port = 0;
	length = uh_endpoint_to_sockaddr(&local, record->domain, &name);
	if (!record->bound ||
	    uh_libc_bind()(fresh, (const struct sockaddr *)&name, length) == 0 ||
	    !(record->bound & UH_BOUND_ADDRESS))
		return;
	local.port = 0;
	length = uh_endpoint_to_sockaddr(&local, record->domain, &name);
	uh_libc_bind()(fresh, (const struct sockaddr *)&name, length);
}

/*
 * Gives the program back a socket of the kind that it made, unconnected, with what it set and
 * bound. Returns 0, or an error number.
 */
static int take_back(int fd, const struct uh_record *record)
{
	const struct uh_socket stand_in = {.fd = fd};
	uint64_t identity;
	int fresh =
	    uh_temporary_open(record->domain, record->type, record->protocol, &identity);
	int flags, error;

	if (fresh < 0)
		return ENOBUFS;
	uh_copy_options_back(fd, fresh, record);
	bind_again(fresh, record);
	flags = uh_give_flags(&stand_in, fresh);
	if (flags < 0 || !uh_replace(fd, record->identity, fresh, flags)) {
		error = errno == EBADF ? EBADF : ENOBUFS;
		uh_temporary_close(fresh);
		return error;
	}
	uh_record_remove(record->identity);
	return 0;
}

/*
 * A replaced socket that connect(2) may be called on again (a datagram socket, or a stream
 * whose attempt has failed) has to be of the program's family for it.
 */
static void take_back_if_idle(int fd)
{
	struct uh_record record;

	if (!uh_fd_has_hint(fd, UH_HINT_ROUTED))
		return;
	if (!uh_record_find(fd, &record))
		uh_fd_remove_hint(fd, UH_HINT_ROUTED);
	else if (record.kind == UH_REPLACED &&
		 (record.type == SOCK_DGRAM || uh_is_fresh_stream(fd)))
		take_back(fd, &record);
}

/* Copied out: a program's address need not be aligned. */
static sa_family_t family_of(const struct sockaddr *address)
{
	sa_family_t family;

	memcpy(&family, (const char *)address + offsetof(struct sockaddr, sa_family),
	       sizeof(family));
	return family;
}

static uint32_t flow_of(const struct sockaddr *address)
{
	struct sockaddr_in6 in6;

	if (family_of(address) != AF_INET6)
		return 0;
	memcpy(&in6, address, offsetof(struct sockaddr_in6, sin6_scope_id));
	return in6.sin6_flowinfo;
}

/* An IPv4 address for an IPv6 socket and the reverse are the program's mistake: the kernel
 * tells it. */
static bool families_fit(const struct uh_socket *socket, const struct sockaddr *address)
{
	return socket->domain == family_of(address);
}

static void tell(const struct uh_routes *routes, const struct uh_endpoint *asked,
		 const struct uh_target_attempt *attempt, enum uh_outcome outcome)
{
	int saved = errno;

	routes->tell(routes->table, asked, attempt->route,
		     outcome == UH_NO_ANSWER ? NULL : attempt->target,
		     outcome == UH_CONNECTED ? 0 : saved);
	errno = saved;
}

/*
 * True, with errno, if an earlier attempt on the socket has failed and no connect(2) has said
 * so yet: TCP's next one does, wherever it is to go (__inet_stream_connect() in
 * linux/net/ipv4/af_inet.c). An address that is too short is as far as the others come.
 */
static bool tells_failure(int fd)
{
	const struct sockaddr nowhere = {.sa_family = AF_INET};

	return uh_libc_connect()(fd, &nowhere, sizeof(nowhere.sa_family)) != 0 &&
	       errno != EINVAL && errno != EPERM && errno != EACCES && errno != ENOSYS;
}

bool uh_connect_begin(struct uh_connect_call *call, const struct uh_decision *decision, int fd,
		      const struct sockaddr *address, socklen_t length, int *result)
{
	const struct uh_routes *routes = decision->routes;
	struct uh_fd_creation made;
	int protocol;

	pthread_testcancel(); /* before anything is opened; connect(2) is a cancellation point
			       */
	if (!uh_fd_is_pristine(fd, &made))
		take_back_if_idle(fd);
	protocol = uh_socket_read(fd, &call->socket);
	if (!protocol || !families_fit(&call->socket, address)) {
		*result = uh_connect_other_kind(routes, fd, &decision->asked, address, length);
		return false;
	}
	*call = (struct uh_connect_call){
	    .routes = routes,
	    .protocol = (enum uh_protocol)protocol,
	    .socket = call->socket,
	    .address = address,
	    .length = length,
	    .saved = errno,
	    .attempt = {.table = routes->table,
			.route = decision->route,
			.socket = &call->socket,
			.asked = &decision->asked,
			.flow = flow_of(address)},
	};
	if (decision->route && !(decision->route->protocol & protocol))
		call->attempt.route = uh_table_find(routes->table, &decision->asked,
						    call->protocol, &routes->self);
	if (uh_table_goes_direct(routes->table, call->attempt.route)) {
		*result = uh_connect_original(routes, &call->attempt, call->protocol, address,
					      length);
		return false;
	}
	*result = -1;
	if (protocol == UH_TCP && !call->socket.is_new && tells_failure(fd))
		return false;
	errno = 0; /* in case no target is tried */
	return true;
}

int uh_connect_end(struct uh_connect_call *call, enum uh_outcome outcome)
{
	const struct uh_table_route *route = call->attempt.route;

	if (call->routes->tell)
		tell(call->routes, call->attempt.asked, &call->attempt, outcome);
	if (outcome == UH_CONNECTED)
		return uh_connected(&call->attempt, call->saved);
	if (outcome == UH_FINAL)
		return -1;
	errno = call->saved;
	if (route->on_failure == UH_ORIGINAL)
		return uh_connect_original(call->routes, &call->attempt, call->protocol,
					   call->address, call->length);
	errno = ECONNREFUSED;
	return -1;
}

/* True when the kernel would take the address, and it is of that family. */
static bool names_family(int fd, const struct sockaddr *address, socklen_t length,
			 sa_family_t family)
{
	return length >= sizeof(sa_family_t) && length <= sizeof(struct sockaddr_storage) &&
	       uh_readable(fd, address, length) && family_of(address) == family;
}

/*
 * A stand-in connects no more than the connected TCP socket that the program takes it for: once
 * 0 if the program was told that the connection is in progress (SS_CONNECTING in
 * __inet_stream_connect(), linux/net/ipv4/af_inet.c), then EISCONN.
 */
static int answer_again(int fd, int saved)
{
	struct uh_record record;
	int error = errno;

	if (uh_record_find(fd, &record) && record.kind == UH_REPLACED)
		error = uh_record_end_progress(record.identity) ? 0 : EISCONN;
	errno = error ? error : saved;
	return error ? -1 : 0;
}

/* True when a connection that begins now is another one than the record tells of. */
static bool begins_anew(int fd, const struct uh_record *record)
{
	return record->type == SOCK_DGRAM || uh_is_fresh_stream(fd);
}

/*
 * connect(2) for a number that was routed. A call that only learns how an attempt ended leaves
 * the record; AF_UNSPEC and a connection to somewhere else end what it tells.
 */
static int connect_routed(int fd, const struct sockaddr *address, socklen_t length)
{
	int saved = errno, result;
	struct uh_record record = {.kind = 0};
	bool known = uh_record_find(fd, &record),
	     ends = names_family(fd, address, length, AF_UNSPEC), anew;

	if (known && record.kind == UH_REPLACED && ends) {
		int error = take_back(fd, &record);

		errno = error ? error : saved;
		return error ? -1 : 0;
	}
	anew = known && begins_anew(fd, &record);
	take_back_if_idle(fd);
	result = uh_libc_connect()(fd, address, length);
	if (known && (anew || ends) && (result == 0 || errno == EINPROGRESS))
		uh_record_remove(record.identity);
	return result;
}

/*
 * What a stand-in of another family says of an address that a connected TCP socket would not
 * look at any more.
 */
static bool is_stand_ins_word(int fd, const struct sockaddr *address, socklen_t length)
{
	if (errno == EINVAL || errno == EAFNOSUPPORT)
		return length >= sizeof(sa_family_t) &&
		       length <= sizeof(struct sockaddr_storage);
	return errno != EALREADY && names_family(fd, address, length, AF_UNIX);
}

int uh_connect_unrouted(int fd, const struct sockaddr *address, socklen_t length)
{
	int saved = errno;
	int result = uh_fd_begin_connect(fd) ? connect_routed(fd, address, length)
					     : uh_libc_connect()(fd, address, length);

	if (result != 0 && uh_records_any() && is_stand_ins_word(fd, address, length))
		return answer_again(fd, saved);
	return result;
}

/* SPDX-License-Identifier: MIT */
/*
 * fallback.c: connects to the destination that the program asked for, even if that is a
 * stand-in.
 */
#include "fallback.h"

#include <errno.h>

#include "connect_unrouted.h"
#include "target_ip.h"
#include "targets.h"
#include "process/own_fd.h"
#include "libc/libc.h"
#include "names/name_query.h"
#include "socket/answers/sockname.h"
#include "socket/state/socket_info.h"

/*
 * True if this host has an address in the stand-in network itself, so that the destination may
 * be a real host. Such a network is an error of the configuration, and the program must not
 * suffer from it.
 */
static bool is_lived_in(const struct uh_table *table, const struct uh_endpoint *asked,
			const struct sockaddr *address)
{
	const struct uh_record record = {.peer = *asked, .domain = (uint8_t)address->sa_family};
	struct uh_endpoint source;
	struct sockaddr_storage name;
	socklen_t length = sizeof(name);
	int scratch = uh_open_datagram_to_peer(&record);
	bool lived_in;

	if (scratch < 0)
		return false;
	lived_in = uh_libc_getsockname()(scratch, (struct sockaddr *)&name, &length) == 0 &&
		   uh_endpoint_from_sockaddr((struct sockaddr *)&name, length, &source) &&
		   uh_table_in_pool(table, &source.address);
	uh_close(scratch);
	return lived_in;
}

/*
 * Fails because no route knows the stand-in: the route of its name was removed, or the address
 * never was a stand-in.
 */
static int fail_unknown(const struct uh_routes *routes, const struct uh_endpoint *asked)
{
	if (routes->tell)
		routes->tell(routes->table, asked, NULL, NULL, ENETUNREACH);
	errno = ENETUNREACH;
	return -1;
}

/*
 * True if the address is of the family that the program asked for. On an IPv6 socket that can
 * be an IPv4 address in mapped form.
 */
static bool is_as_asked(const struct uh_target_attempt *attempt,
			const struct uh_address *address)
{
	return uh_address_is_v4(address) == uh_address_is_v4(&attempt->asked->address);
}

static enum uh_outcome try_real(const struct uh_routes *routes,
				struct uh_target_attempt *attempt, enum uh_protocol protocol,
				const struct uh_endpoint *real, bool last)
{
	enum uh_outcome outcome = UH_NO_ANSWER;

	attempt->route = uh_table_find(routes->table, real, protocol, &routes->self);
	attempt->destination = real;
	if (uh_table_goes_direct(routes->table, attempt->route))
		attempt->route = NULL;
	else
		outcome = uh_try_targets(attempt, routes);
	attempt->destination = attempt->asked;
	attempt->last = last;
	if (outcome == UH_NO_ANSWER &&
	    !(attempt->route && attempt->route->on_failure == UH_REFUSE))
		return uh_try_address(attempt, real);
	if (outcome == UH_NO_ANSWER)
		errno = uh_attempt_refusal(attempt);
	return outcome;
}

/*
 * Tries the addresses of the family that the program asked for, or all others. *left counts the
 * untried ones of both. errno is set unless the result is UH_CONNECTED, or no address was
 * tried.
 */
static enum uh_outcome try_family(const struct uh_routes *routes,
				  struct uh_target_attempt *attempt, enum uh_protocol protocol,
				  const struct uh_cached_name *known, bool as_asked,
				  unsigned *left)
{
	enum uh_outcome outcome = UH_NO_ANSWER;

	for (unsigned i = 0; i < known->reals && outcome == UH_NO_ANSWER; i++) {
		struct uh_endpoint real = {known->real[i], 0, attempt->asked->port};

		if (is_as_asked(attempt, &real.address) == as_asked)
			outcome = try_real(routes, attempt, protocol, &real, --*left == 0);
	}
	return outcome;
}

int uh_connect_original(const struct uh_routes *routes, struct uh_target_attempt *attempt,
			enum uh_protocol protocol, const struct sockaddr *address,
			socklen_t length)
{
	struct uh_cached_name known;
	enum uh_outcome outcome;
	unsigned left;
	int saved = errno;

	if (!uh_table_in_pool(routes->table, &attempt->asked->address))
		return uh_connect_unrouted(attempt->socket->fd, address, length);
	if (!uh_names_find_real(routes->table, &attempt->asked->address, &known)) {
		if (is_lived_in(routes->table, attempt->asked, address))
			return uh_connect_unrouted(attempt->socket->fd, address, length);
		return fail_unknown(routes, attempt->asked);
	}
	errno = EHOSTUNREACH; /* if the name has no address */
	left = known.reals;
	outcome = try_family(routes, attempt, protocol, &known, true, &left);
	if (outcome == UH_NO_ANSWER)
		outcome = try_family(routes, attempt, protocol, &known, false, &left);
	return outcome == UH_CONNECTED ? uh_attempt_result(attempt, saved) : -1;
}

socklen_t uh_real_name(const struct uh_routes *routes, int fd, const struct uh_endpoint *asked,
		       const struct sockaddr *address, struct sockaddr_storage *real)
{
	struct uh_cached_name known;
	socklen_t length;

	if (!uh_table_in_pool(routes->table, &asked->address))
		return 0;
	if (uh_get_int_option(fd, SOL_SOCKET, SO_TYPE, 0) == SOCK_STREAM)
		return uh_names_cached_real(asked, address->sa_family, real);
	if (!uh_names_find_real(routes->table, &asked->address, &known)) {
		if (is_lived_in(routes->table, asked, address))
			return 0;
		fail_unknown(routes, asked);
		return UH_NOWHERE;
	}
	length = uh_names_cached_real(asked, address->sa_family, real);
	errno = length ? errno : ENETUNREACH;
	return length ? length : UH_NOWHERE;
}

socklen_t uh_real_name_to_bind(const struct uh_routes *routes, const struct uh_endpoint *asked,
			       const struct sockaddr *address, struct sockaddr_storage *real)
{
	struct uh_cached_name known;

	if (!uh_table_in_pool(routes->table, &asked->address) ||
	    !uh_names_find_real(routes->table, &asked->address, &known))
		return 0;
	return uh_names_cached_real(asked, address->sa_family, real);
}

/* Out of line, so that the stack of other connections has no room for `real`. */
__attribute__((noinline)) int uh_connect_other_kind(const struct uh_routes *routes, int fd,
						    const struct uh_endpoint *asked,
						    const struct sockaddr *address,
						    socklen_t length)
{
	struct sockaddr_storage real;
	socklen_t real_length = 0;

	if (uh_get_int_option(fd, SOL_SOCKET, SO_TYPE, 0) != SOCK_STREAM)
		real_length = uh_real_name(routes, fd, asked, address, &real);
	if (real_length == 0)
		return uh_connect_unrouted(fd, address, length);
	if (real_length == UH_NOWHERE)
		return -1;
	return uh_libc_connect()(fd, (struct sockaddr *)&real, real_length);
}

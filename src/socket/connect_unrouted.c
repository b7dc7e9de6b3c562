/* SPDX-License-Identifier: MIT */
/* connect_unrouted.c: libc's connect(2) for a socket that may have been routed before. */
#include "connect_unrouted.h"

#include <errno.h>
#include <stddef.h>

#include "libc/libc.h"
#include "process/user_memory.h"
#include "restore_socket.h"
#include "socket/state/fd_hints.h"
#include "socket/state/records.h"
#include "socket/state/socket_info.h"

/* True if the kernel would accept the address and its family is `family`. */
static bool names_family(int fd, const struct sockaddr *address, socklen_t length,
			 sa_family_t family)
{
	return length >= sizeof(sa_family_t) && length <= sizeof(struct sockaddr_storage) &&
	       uh_is_readable(fd, address, length) && uh_family_of(address) == family;
}

/*
 * Answers connect(2) on a replaced socket as a connected TCP socket does: once with 0 if the
 * program was told that the connection is in progress (SS_CONNECTING in
 * __inet_stream_connect(), linux/net/ipv4/af_inet.c), then with EISCONN.
 */
static int answer_again(int fd, int saved)
{
	struct uh_record record;
	int error = errno;

	if (uh_record_find(fd, &record) && record.kind == UH_REPLACED)
		error = uh_record_clear_in_progress(record.identity) ? 0 : EISCONN;
	errno = error ? error : saved;
	return error ? -1 : 0;
}

/*
 * connect(2) for a descriptor that was routed before. A call that only asks how an attempt
 * ended keeps the record. AF_UNSPEC, or a new connection to elsewhere, removes it.
 */
static int connect_once_routed(int fd, const struct sockaddr *address, socklen_t length)
{
	int saved = errno, result;
	struct uh_record record = {.kind = 0};
	bool known = uh_record_find(fd, &record),
	     ends = names_family(fd, address, length, AF_UNSPEC), anew;

	if (known && record.kind == UH_REPLACED && ends) {
		int error = uh_restore_socket(fd, &record);

		errno = error ? error : saved;
		return error ? -1 : 0;
	}
	/* A connection that begins now is another one than the recorded one. */
	anew = known && (record.type == SOCK_DGRAM || uh_is_unconnected_stream(fd));
	uh_restore_if_idle(fd);
	result = uh_libc_connect()(fd, address, length);
	if (known && (anew || ends) && (result == 0 || errno == EINPROGRESS))
		uh_record_remove(record.identity);
	return result;
}

/*
 * True if errno comes from the replacement's own check of the address. A connected TCP socket
 * would have said EISCONN without a look at it.
 */
static bool is_replacements_error(int fd, const struct sockaddr *address, socklen_t length)
{
	if (errno == EINVAL || errno == EAFNOSUPPORT)
		return length >= sizeof(sa_family_t) &&
		       length <= sizeof(struct sockaddr_storage);
	return errno != EALREADY && names_family(fd, address, length, AF_UNIX);
}

int uh_connect_unrouted(int fd, const struct sockaddr *address, socklen_t length)
{
	int saved = errno;
	int result = uh_fd_begin_connect(fd) ? connect_once_routed(fd, address, length)
					     : uh_libc_connect()(fd, address, length);

	if (result != 0 && uh_records_any() && is_replacements_error(fd, address, length))
		return answer_again(fd, saved);
	return result;
}

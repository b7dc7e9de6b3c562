/* SPDX-License-Identifier: MIT */
/*
 * sockopt.c: getsockopt(2) and setsockopt(2) on a routed socket.
 *
 * A Unix socket has no TCP and IP options. A scratch socket of the kind that the program made
 * gets the call: so the kernel itself checks levels, names, sizes and pointers, and knows the
 * defaults.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>

#include "process/own_fd.h"
#include "process/interruption.h"
#include "process/seccomp_filter.h"
#include "socket/state/half_closed.h"
#include "libc/libc.h"
#include "sockopt.h"
#include "sockname.h"
#include "socket/state/fd_hints.h"
#include "socket/state/records.h"
#include "process/user_memory.h"
#include "socket/state/socket_info.h"

/* Names from linux/tcp.h and asm-generic/socket.h that older headers lack. */
#ifndef TCP_ULP
#define TCP_ULP 31
#endif
#ifndef TCP_FASTOPEN_NO_COOKIE
#define TCP_FASTOPEN_NO_COOKIE 34
#endif
#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif
#ifndef SO_TXREHASH
#define SO_TXREHASH 74
#endif
#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#define SO_PEERPIDFD 77
#endif
#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83
#endif

/*
 * Returns a new socket of the program's kind, not connected (for path MTU options: connected to
 * the peer), or -1 with errno.
 */
static int scratch_socket(const struct uh_record *record, int level, int name)
{
	bool wants_path = (level == IPPROTO_IP && name == IP_MTU) ||
			  (level == IPPROTO_IPV6 && (name == IPV6_MTU || name == IPV6_PATHMTU));

	return wants_path ? uh_scratch_datagram(record)
			  : uh_new_socket(record->domain, record->type, record->protocol);
}

/* The kernel has accessed the word already, so it is valid; it need not be aligned. */
static socklen_t length_at(const socklen_t *place)
{
	socklen_t length;

	memcpy(&length, place, sizeof(length));
	return length;
}

/*
 * Cancellation is deferred because poll(2) is a cancellation point and getsockopt(2) is not.
 * Under a seccomp filter poll(2) may be forbidden, and the answer is false.
 */
static bool has_peer_ended(int fd)
{
	struct pollfd end = {.fd = fd, .events = POLLRDHUP};
	int state = uh_hold_cancel();
	bool ended =
	    !uh_is_filtered() && poll(&end, 1, 0) == 1 && end.revents & (POLLRDHUP | POLLHUP);

	uh_release_cancel(state);
	return ended;
}

/*
 * Once the program has shut the socket down in both directions, a Unix socket always reports
 * POLLHUP.
 */
static unsigned char tcp_state(int fd, const struct uh_record *record)
{
	bool ended = has_peer_ended(fd);

	if (record->write_shut)
		return ended ? TCP_CLOSE : TCP_FIN_WAIT2;
	return ended ? TCP_CLOSE_WAIT : TCP_ESTABLISHED;
}

static int get_from_scratch(int fd, const struct uh_record *record, int level, int name,
			    void *value, socklen_t *length)
{
	int scratch = scratch_socket(record, level, name), result;
	char kept[UH_OPTION_MAX];
	size_t size;

	if (scratch < 0) {
		errno = ENOBUFS;
		return -1;
	}
	if (uh_record_option(record->identity, level, name, kept, &size))
		uh_libc_setsockopt()(scratch, level, name, kept, (socklen_t)size);
	result = uh_libc_getsockopt()(scratch, level, name, value, length);
	uh_close(scratch);
	if (result == 0 && level == IPPROTO_TCP && name == TCP_INFO && length_at(length) > 0)
		*(unsigned char *)value = tcp_state(fd, record); /* tcpi_state */
	return result;
}

/* No scratch socket could be made: stores the value unchecked. */
static int store_unchecked(int fd, const struct uh_record *record, int level, int name,
			   const void *value, socklen_t length)
{
	if (length != sizeof(int) || !uh_readable(fd, value, length) ||
	    !uh_record_set_option(record->identity, level, name, value, length)) {
		errno = ENOBUFS;
		return -1;
	}
	return 0;
}

/*
 * Returns the errno for a value that a scratch socket accepts but a connected TCP socket
 * refuses, or 0: options that are fixed once the socket has a port, a window of size 0, and
 * zerocopy, which a Unix socket can't do.
 */
static int connected_error(int level, int name, int value)
{
	bool settled =
	    (level == IPPROTO_IPV6 && name == IPV6_V6ONLY) ||
	    (level == IPPROTO_TCP && (name == TCP_FASTOPEN || name == TCP_FASTOPEN_CONNECT ||
				      name == TCP_FASTOPEN_NO_COOKIE));

	if (settled || (level == IPPROTO_TCP && name == TCP_WINDOW_CLAMP && value == 0))
		return EINVAL;
	return level == SOL_SOCKET && name == SO_ZEROCOPY && value ? EOPNOTSUPP : 0;
}

/*
 * Stores the value that the scratch socket has now in the record. Returns false with errno if a
 * connected socket would refuse it.
 */
static bool store_from_scratch(int scratch, uint64_t identity, int level, int name)
{
	union {
		int value;
		char bytes[UH_OPTION_MAX];
	} kept = {.value = 0};
	socklen_t size = sizeof(kept);
	bool known = uh_libc_getsockopt()(scratch, level, name, kept.bytes, &size) == 0;
	int error = connected_error(level, name, kept.value);

	if (error) {
		errno = error;
		return false;
	}
	if (uh_is_receive_timeout(level, name))
		uh_record_receive_timeout(identity, scratch);
	else if (known)
		uh_record_set_option(identity, level, name, kept.bytes, size);
	return true;
}

/* The kernel checks and may adjust the value; the adjusted value is stored. */
static int set_on_scratch(int fd, const struct uh_record *record, int level, int name,
			  const void *value, socklen_t length)
{
	int scratch = scratch_socket(record, level, name), result;

	if (scratch < 0)
		return store_unchecked(fd, record, level, name, value, length);
	result = uh_libc_setsockopt()(scratch, level, name, value, length);
	if (result == 0 && !store_from_scratch(scratch, record->identity, level, name))
		result = -1;
	uh_close(scratch);
	return result;
}

/* True if the call failed because a Unix socket lacks the level or the option. */
static bool needs_scratch(int fd, int level, int name, struct uh_record *record)
{
	bool lacking = level != SOL_SOCKET || name == SO_REUSEPORT || name == SO_TXREHASH ||
		       name == SO_ZEROCOPY;

	return lacking && (errno == EOPNOTSUPP || errno == ENOPROTOOPT) &&
	       uh_record_find(fd, record) && record->kind == UH_REPLACED;
}

/*
 * SOL_SOCKET options whose value differs between the replacement and the program's own socket.
 */
static bool differs_on_replacement(int level, int name)
{
	return level == SOL_SOCKET &&
	       (name == SO_DOMAIN || name == SO_PROTOCOL || name == SO_REUSEPORT ||
		uh_is_receive_timeout(level, name));
}

/*
 * getsockopt() returned the replacement socket's value: overwrites it by the program's socket's
 * value, as many bytes as the caller got.
 */
static void correct_value(int fd, int name, void *value, socklen_t length)
{
	struct uh_record record;
	char right[UH_OPTION_MAX];
	size_t size = sizeof(int);
	int kind;

	if (length == 0 || !uh_record_find(fd, &record) || record.kind != UH_REPLACED)
		return; /* value may be NULL if length is 0 */
	kind = name == SO_DOMAIN ? record.domain : record.protocol;
	memcpy(right, &kind, sizeof(kind));
	if (name != SO_DOMAIN && name != SO_PROTOCOL &&
	    !uh_record_option(record.identity, SOL_SOCKET, name, right, &size))
		return;
	memcpy(value, right, length < size ? length : size);
}

/* SOL_SOCKET options that only a Unix socket has: they are about its other end. */
static bool is_unix_only(int level, int name)
{
	return level == SOL_SOCKET &&
	       (name == SO_PASSCRED || name == SO_PASSSEC || name == SO_PASSPIDFD ||
		name == SO_PASSRIGHTS || name == SO_PEERCRED || name == SO_PEERSEC ||
		name == SO_PEERGROUPS || name == SO_PEERPIDFD);
}

/*
 * True if the replacement socket must not get the call: IP options of a socket of the other
 * family, and options that only a Unix socket has.
 */
static bool is_replacement_only(int fd, int level, int name, struct uh_record *record)
{
	if (level == IPPROTO_IP || level == IPPROTO_IPV6)
		return uh_record_find(fd, record) && record->kind == UH_REPLACED;
	return is_unix_only(level, name) && uh_record_find(fd, record) &&
	       record->kind == UH_REPLACED &&
	       uh_int_option(fd, SOL_SOCKET, SO_DOMAIN, 0) == AF_UNIX;
}

/*
 * After SHUT_RD, the replacement's SO_RCVTIMEO is set by us (sock_shutdown.c), so the program's
 * value only goes to the record.
 */
static bool only_recorded(int fd, int level, int name, struct uh_record *record)
{
	return uh_is_receive_timeout(level, name) && uh_record_find(fd, record) &&
	       uh_record_reading_ended(record->identity);
}

int uh_get_option(int fd, int level, int name, void *value, socklen_t *length)
{
	int saved = errno, result;
	struct uh_record record;

	if (level == SOL_SOCKET && name == SO_PEERNAME && uh_record_find(fd, &record))
		return uh_peer_name_option(fd, &record, value, length);
	if (!is_replacement_only(fd, level, name, &record)) {
		result = uh_libc_getsockopt()(fd, level, name, value, length);
		if (result == 0 && differs_on_replacement(level, name))
			correct_value(fd, name, value, length_at(length));
		if (result == 0 || !needs_scratch(fd, level, name, &record))
			return result;
	}
	result = get_from_scratch(fd, &record, level, name, value, length);
	if (result == 0)
		errno = saved;
	return result;
}

int uh_set_option(int fd, int level, int name, const void *value, socklen_t length)
{
	int saved = errno, result;
	struct uh_record record;

	if (!is_replacement_only(fd, level, name, &record) &&
	    !only_recorded(fd, level, name, &record)) {
		result = uh_libc_setsockopt()(fd, level, name, value, length);
		if (result == 0)
			uh_fd_add_option(fd, level, name);
		if (result == 0 || !needs_scratch(fd, level, name, &record))
			return result;
	}
	if (level == IPPROTO_TCP && name == TCP_ULP) {
		/* As a kernel without TCP_ULP: a TLS library then encrypts by itself. */
		errno = length ? ENOENT : EINVAL;
		return -1;
	}
	result = set_on_scratch(fd, &record, level, name, value, length);
	if (result == 0)
		errno = saved;
	return result;
}

bool uh_lacks_zerocopy(int fd)
{
	struct uh_record record;
	char kept[UH_OPTION_MAX] = {0};
	size_t size;

	return uh_record_find(fd, &record) && record.kind == UH_REPLACED &&
	       uh_record_option(record.identity, SOL_SOCKET, SO_ZEROCOPY, kept, &size) && *kept;
}

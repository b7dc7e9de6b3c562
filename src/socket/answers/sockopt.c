/* SPDX-License-Identifier: MIT */
/*
 * sockopt.c: getsockopt(2) and setsockopt(2) on a routed socket.
 *
 * A Unix socket has no TCP and IP options. A scratch socket of the kind that the program made
 * gets the call: so the kernel itself checks levels, names, sizes and pointers, and knows the
 * defaults.
 */
#include "sockopt.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "socket/state/half_closed.h"
#include "libc/libc.h"
#include "scratch_option.h"
#include "sockname.h"
#include "socket/state/datagram_socket.h"
#include "socket/state/fd_hints.h"
#include "socket/state/records.h"
#include "process/user_memory.h"
#include "socket/state/socket_info.h"

/* Names from linux/tcp.h and asm-generic/socket.h that older headers lack. */
#ifndef TCP_ULP
#define TCP_ULP 31
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
	    !uh_record_get_option(record.identity, SOL_SOCKET, name, right, &size))
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
	       uh_get_int_option(fd, SOL_SOCKET, SO_DOMAIN, 0) == AF_UNIX;
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

int uh_getsockopt(int fd, int level, int name, void *value, socklen_t *length)
{
	int saved = errno, result;
	struct uh_record record;

	if (level == SOL_SOCKET && name == SO_PEERNAME && uh_record_find(fd, &record))
		return uh_getsockopt_peername(fd, &record, value, length);
	if (!is_replacement_only(fd, level, name, &record)) {
		result = uh_libc_getsockopt()(fd, level, name, value, length);
		if (result == 0 && differs_on_replacement(level, name))
			correct_value(fd, name, value, uh_load_length(length));
		if (result == 0 || !needs_scratch(fd, level, name, &record))
			return result;
	}
	result = uh_scratch_getsockopt(fd, &record, level, name, value, length);
	if (result == 0)
		errno = saved;
	return result;
}

int uh_setsockopt(int fd, int level, int name, const void *value, socklen_t length)
{
	int saved = errno, result;
	struct uh_record record;

	if (!is_replacement_only(fd, level, name, &record) &&
	    !only_recorded(fd, level, name, &record)) {
		result = uh_libc_setsockopt()(fd, level, name, value, length);
		if (result == 0) {
			uh_fd_add_option(fd, level, name);
			uh_datagram_socket_set(fd, level, name);
		}
		if (result == 0 || !needs_scratch(fd, level, name, &record))
			return result;
	}
	if (level == IPPROTO_TCP && name == TCP_ULP) {
		/*
		 * Fails as on a kernel without TCP_ULP: a TLS library then encrypts by itself.
		 */
		errno = length ? ENOENT : EINVAL;
		return -1;
	}
	result = uh_scratch_setsockopt(fd, &record, level, name, value, length);
	if (result == 0)
		errno = saved;
	return result;
}

bool uh_zerocopy_is_unsupported(int fd)
{
	struct uh_record record;
	char kept[UH_OPTION_MAX] = {0};
	size_t size;

	return uh_record_find(fd, &record) && record.kind == UH_REPLACED &&
	       uh_record_get_option(record.identity, SOL_SOCKET, SO_ZEROCOPY, kept, &size) &&
	       *kept;
}

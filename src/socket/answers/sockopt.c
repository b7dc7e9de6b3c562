/* SPDX-License-Identifier: MIT */
/*
 * sockopt.c: what a routed socket answers to getsockopt(2) and setsockopt(2).
 *
 * A Unix socket has none of the options of TCP and IP. A scratch socket of the kind that the
 * program made answers for them: the kernel itself then checks levels, names, sizes and
 * pointers, and knows every default.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>

#include "process/descriptors.h"
#include "process/seccomp_filter.h"
#include "socket/state/half_closed.h"
#include "libc/libc.h"
#include "sockname.h"
#include "socket/state/fd_hints.h"
#include "socket/state/records.h"
#include "socket/replace/replace.h"
#include "socket/routed_socket.h"
#include "process/user_memory.h"

/* Numbers of linux/tcp.h and asm-generic/routed_socket.h that older headers lack. */
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
enum { RCVTIMEO_OLD = 20, RCVTIMEO_NEW = 66 };

/* A socket of the kind that the program made, never connected. Or -1 with errno. */
static int scratch_socket(const struct uh_record *record, int level, int name)
{
	bool wants_path = (level == IPPROTO_IP && name == IP_MTU) ||
			  (level == IPPROTO_IPV6 && (name == IPV6_MTU || name == IPV6_PATHMTU));

	return wants_path ? uh_scratch_datagram(record)
			  : uh_new_socket(record->domain, record->type, record->protocol);
}

/* The kernel has read it and written to it; it need not be aligned. */
static socklen_t length_at(const socklen_t *place)
{
	socklen_t length;

	memcpy(&length, place, sizeof(length));
	return length;
}

/* poll(2) is a cancellation point, and no call that a filter expects for getsockopt(2). */
static bool has_other_end_ended(int fd)
{
	struct pollfd end = {.fd = fd, .events = POLLRDHUP};
	int state = uh_hold_cancel();
	bool ended =
	    !uh_is_filtered() && poll(&end, 1, 0) == 1 && end.revents & (POLLRDHUP | POLLHUP);

	uh_release_cancel(state);
	return ended;
}

/* Once the program has shut it for both, a Unix socket tells no more of its other end. */
static unsigned char tcp_state(int fd, const struct uh_record *record)
{
	bool ended = has_other_end_ended(fd);

	if (record->write_shut)
		return ended ? TCP_CLOSE : TCP_FIN_WAIT2;
	return ended ? TCP_CLOSE_WAIT : TCP_ESTABLISHED;
}

static int scratch_get(int fd, const struct uh_record *record, int level, int name, void *value,
		       socklen_t *length)
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

/* Without a descriptor to spare the value is remembered as it was given. */
static int remember_unchecked(int fd, const struct uh_record *record, int level, int name,
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
 * The error number for what a scratch socket takes and a connected one refuses: options that
 * are settled once there is a port, a window of no size, and what no Unix socket can do.
 */
static int refusal(int level, int name, int value)
{
	bool settled =
	    (level == IPPROTO_IPV6 && name == IPV6_V6ONLY) ||
	    (level == IPPROTO_TCP && (name == TCP_FASTOPEN || name == TCP_FASTOPEN_CONNECT ||
				      name == TCP_FASTOPEN_NO_COOKIE));

	if (settled || (level == IPPROTO_TCP && name == TCP_WINDOW_CLAMP && value == 0))
		return EINVAL;
	return level == SOL_SOCKET && name == SO_ZEROCOPY && value ? EOPNOTSUPP : 0;
}

static bool is_receive_limit(int level, int name)
{
	return level == SOL_SOCKET && (name == RCVTIMEO_OLD || name == RCVTIMEO_NEW);
}

bool uh_record_reading_ended(uint64_t identity)
{
	char limit[UH_OPTION_MAX];
	size_t size;

	return uh_record_option(identity, SOL_SOCKET, RCVTIMEO_OLD, limit, &size);
}

void uh_record_receive_limit(uint64_t identity, int fd)
{
	static const int layouts[] = {RCVTIMEO_OLD, RCVTIMEO_NEW};

	for (int i = 0; i < 2; i++) {
		char limit[UH_OPTION_MAX];
		socklen_t size = sizeof(limit);

		if (uh_libc_getsockopt()(fd, SOL_SOCKET, layouts[i], limit, &size) == 0)
			uh_record_set_option(identity, SOL_SOCKET, layouts[i], limit, size);
	}
}

/* Remembers an option as the scratch socket has it now. False with errno if it is refused. */
static bool remember_from(int scratch, uint64_t identity, int level, int name)
{
	union {
		int value;
		char bytes[UH_OPTION_MAX];
	} kept = {.value = 0};
	socklen_t size = sizeof(kept);
	bool known = uh_libc_getsockopt()(scratch, level, name, kept.bytes, &size) == 0;
	int error = refusal(level, name, kept.value);

	if (error) {
		errno = error;
		return false;
	}
	if (is_receive_limit(level, name))
		uh_record_receive_limit(identity, scratch);
	else if (known)
		uh_record_set_option(identity, level, name, kept.bytes, size);
	return true;
}

/* The kernel checks the value and may change it; what it made of it is remembered. */
static int scratch_set(int fd, const struct uh_record *record, int level, int name,
		       const void *value, socklen_t length)
{
	int scratch = scratch_socket(record, level, name), result;

	if (scratch < 0)
		return remember_unchecked(fd, record, level, name, value, length);
	result = uh_libc_setsockopt()(scratch, level, name, value, length);
	if (result == 0 && !remember_from(scratch, record->identity, level, name))
		result = -1;
	uh_close(scratch);
	return result;
}

/* The levels, and the SOL_SOCKET options, that a Unix socket doesn't have. */
static bool is_foreign(int level, int name)
{
	return level != SOL_SOCKET || name == SO_REUSEPORT || name == SO_TXREHASH ||
	       name == SO_ZEROCOPY;
}

static bool needs_answer(int fd, int level, int name, struct uh_record *record)
{
	return (errno == EOPNOTSUPP || errno == ENOPROTOOPT) && is_foreign(level, name) &&
	       uh_record_find(fd, record) && record->kind == UH_REPLACED;
}

/* What SOL_SOCKET says of the stand-in and not of the program's socket. */
static bool is_own_kind(int level, int name)
{
	return level == SOL_SOCKET && (name == SO_DOMAIN || name == SO_PROTOCOL ||
				       name == SO_REUSEPORT || is_receive_limit(level, name));
}

/* The value was read as the stand-in's: the bytes that were copied are put right. */
static void correct_kind(int fd, int name, void *value, socklen_t length)
{
	struct uh_record record;
	char right[UH_OPTION_MAX];
	size_t size = sizeof(int);
	int kind;

	if (length == 0 || !uh_record_find(fd, &record) || record.kind != UH_REPLACED)
		return; /* value may be NULL then */
	kind = name == SO_DOMAIN ? record.domain : record.protocol;
	memcpy(right, &kind, sizeof(kind));
	if (name != SO_DOMAIN && name != SO_PROTOCOL &&
	    !uh_record_option(record.identity, SOL_SOCKET, name, right, &size))
		return;
	memcpy(value, right, length < size ? length : size);
}

/* Of SOL_SOCKET, what a Unix socket tells of its other end, or takes from there. */
static bool is_unix_only(int level, int name)
{
	return level == SOL_SOCKET &&
	       (name == SO_PASSCRED || name == SO_PASSSEC || name == SO_PASSPIDFD ||
		name == SO_PASSRIGHTS || name == SO_PEERCRED || name == SO_PEERSEC ||
		name == SO_PEERGROUPS || name == SO_PEERPIDFD);
}

/*
 * True if the stand-in is not to be asked: the IP options of one of the other family are its
 * own, not those of the program's, and so is what a Unix socket alone has.
 */
static bool is_stand_ins_own(int fd, int level, int name, struct uh_record *record)
{
	if (level == IPPROTO_IP || level == IPPROTO_IPV6)
		return uh_record_find(fd, record) && record->kind == UH_REPLACED;
	return is_unix_only(level, name) && uh_record_find(fd, record) &&
	       record->kind == UH_REPLACED &&
	       uh_int_option(fd, SOL_SOCKET, SO_DOMAIN, 0) == AF_UNIX;
}

/* SO_RCVTIMEO of a stand-in that is not to be read from any more is ours (half_close.c). */
static bool is_kept_from(int fd, int level, int name, struct uh_record *record)
{
	return is_receive_limit(level, name) && uh_record_find(fd, record) &&
	       uh_record_reading_ended(record->identity);
}

int uh_get_option(int fd, int level, int name, void *value, socklen_t *length)
{
	int saved = errno, result;
	struct uh_record record;

	if (level == SOL_SOCKET && name == SO_PEERNAME && uh_record_find(fd, &record))
		return uh_peer_name_option(fd, &record, value, length);
	if (!is_stand_ins_own(fd, level, name, &record)) {
		result = uh_libc_getsockopt()(fd, level, name, value, length);
		if (result == 0 && is_own_kind(level, name))
			correct_kind(fd, name, value, length_at(length));
		if (result == 0 || !needs_answer(fd, level, name, &record))
			return result;
	}
	result = scratch_get(fd, &record, level, name, value, length);
	if (result == 0)
		errno = saved;
	return result;
}

int uh_set_option(int fd, int level, int name, const void *value, socklen_t length)
{
	int saved = errno, result;
	struct uh_record record;

	if (!is_stand_ins_own(fd, level, name, &record) &&
	    !is_kept_from(fd, level, name, &record)) {
		result = uh_libc_setsockopt()(fd, level, name, value, length);
		if (result == 0)
			uh_fd_add_option(fd, level, name);
		if (result == 0 || !needs_answer(fd, level, name, &record))
			return result;
	}
	if (level == IPPROTO_TCP && name == TCP_ULP) {
		/* As on a kernel without any: a TLS library does without then. */
		errno = length ? ENOENT : EINVAL;
		return -1;
	}
	result = scratch_set(fd, &record, level, name, value, length);
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

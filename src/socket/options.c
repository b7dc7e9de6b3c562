/* SPDX-License-Identifier: MIT */
/*
 * options.c: what a routed socket answers to getsockopt(2) and setsockopt(2).
 *
 * A Unix socket has none of the options of TCP and IP. A scratch socket of the kind that the
 * program made answers for them: the kernel itself then checks levels, names, sizes and
 * pointers, and knows every default.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "descriptors.h"
#include "half_closed.h"
#include "libc.h"
#include "names.h"
#include "notes.h"
#include "records.h"
#include "replace.h"
#include "socket.h"
#include "user_memory.h"

/* Numbers of linux/tcp.h and asm-generic/socket.h that older headers lack. */
#ifndef TCP_ULP
#define TCP_ULP 31
#endif
#ifndef TCP_FASTOPEN_NO_COOKIE
#define TCP_FASTOPEN_NO_COOKIE 34
#endif
#ifndef SO_TXREHASH
#define SO_TXREHASH 74
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

static int scratch_get(const struct uh_record *record, int level, int name, void *value,
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
		*(unsigned char *)value = TCP_ESTABLISHED; /* tcpi_state */
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

/* What a TCP or UDP socket takes only as long as it has no port. */
static bool is_settled(int level, int name)
{
	return (level == IPPROTO_IPV6 && name == IPV6_V6ONLY) ||
	       (level == IPPROTO_TCP && (name == TCP_FASTOPEN || name == TCP_FASTOPEN_CONNECT ||
					 name == TCP_FASTOPEN_NO_COOKIE));
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

/* Remembers an option as the scratch socket has it now. False with errno if it is settled. */
static bool remember_from(int scratch, uint64_t identity, int level, int name)
{
	char kept[UH_OPTION_MAX];
	socklen_t size = sizeof(kept);

	if (is_settled(level, name)) {
		errno = EINVAL;
		return false;
	}
	if (is_receive_limit(level, name))
		uh_record_receive_limit(identity, scratch);
	else if (uh_libc_getsockopt()(scratch, level, name, kept, &size) == 0)
		uh_record_set_option(identity, level, name, kept, size);
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
	return level != SOL_SOCKET || name == SO_REUSEPORT || name == SO_TXREHASH;
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

/* The IP options of a TCP stand-in of the other family are its own, not those of the program's.
 */
static bool is_other_family(int fd, int level, struct uh_record *record)
{
	return (level == IPPROTO_IP || level == IPPROTO_IPV6) && uh_record_find(fd, record) &&
	       record->kind == UH_REPLACED;
}

/* SO_RCVTIMEO of a stand-in that is not to be read from any more is ours (shutdown.c). */
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
	if (!is_other_family(fd, level, &record)) {
		result = uh_libc_getsockopt()(fd, level, name, value, length);
		if (result == 0 && is_own_kind(level, name))
			correct_kind(fd, name, value, length_at(length));
		if (result == 0 || !needs_answer(fd, level, name, &record))
			return result;
	}
	result = scratch_get(&record, level, name, value, length);
	if (result == 0)
		errno = saved;
	return result;
}

int uh_set_option(int fd, int level, int name, const void *value, socklen_t length)
{
	int saved = errno, result;
	struct uh_record record;

	if (!is_other_family(fd, level, &record) && !is_kept_from(fd, level, name, &record)) {
		result = uh_libc_setsockopt()(fd, level, name, value, length);
		if (result == 0)
			uh_note_option(fd, level, name);
		if (result == 0 || !needs_answer(fd, level, name, &record))
			return result;
	}
	if (level == IPPROTO_TCP && name == TCP_ULP) {
		errno =
		    ENOENT; /* as on a kernel without any: a TLS library does without then */
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

/* SPDX-License-Identifier: MIT */
/*
 * half_close.c: shutdown(2) on a stream that a Unix socket stands for, or will stand for.
 *
 * A Unix socket that is not to be read from any more tells its other end, whose writes fail at
 * once (EPIPE, SIGPIPE). TCP tells nobody: the service goes on writing, and what it has written
 * can be read. So SHUT_RD alone never reaches the stand-in. A blocking read finds no end of
 * file there, and is not to wait for ever: it gives up in a moment, by SO_RCVTIMEO.
 */
#include <errno.h>
#include <stdatomic.h>
#include <sys/time.h>

#include "socket/state/socket_info.h"
#include "socket/state/half_closed.h"
#include "libc/libc.h"
#include "socket/state/records.h"
#include "socket/routed_socket.h"

/*
 * TCP says ENOTCONN before connect(2), and heeds the call all the same (inet_shutdown() in
 * linux/net/ipv4/af_inet.c). No question that can be put to the kernel tells of it afterwards:
 * the last such sockets are kept here, by identity, with what the kernel makes of `how`.
 */
enum { EARLY = 16, READS = 1, WRITES = 2, HOW_BITS = 2 };
static _Atomic uint64_t early[EARLY];
static atomic_uint early_calls;

/* The kernel's RCV_SHUTDOWN, SEND_SHUTDOWN or both. */
static unsigned bits_of(int how)
{
	return (unsigned)how + 1;
}

static unsigned early_bits(uint64_t identity)
{
	unsigned bits = 0;

	for (unsigned i = 0; i < EARLY && atomic_load(&early_calls); i++) {
		uint64_t kept = atomic_load(&early[i]);

		if (kept && kept >> HOW_BITS == identity)
			bits |= kept & (READS | WRITES);
	}
	return bits;
}

static void keep_early(uint64_t identity, int how)
{
	unsigned i = atomic_fetch_add(&early_calls, 1) % EARLY;

	atomic_store(&early[i], identity << HOW_BITS | bits_of(how));
}

static bool is_unix(int fd)
{
	return uh_int_option(fd, SOL_SOCKET, SO_DOMAIN, 0) == AF_UNIX;
}

static void end_reading(int fd, uint64_t identity)
{
	static const struct timeval a_moment = {.tv_usec = 1};

	if (uh_record_reading_ended(identity))
		return;
	uh_record_receive_limit(identity, fd);
	uh_libc_setsockopt()(fd, SOL_SOCKET, SO_RCVTIMEO, &a_moment, sizeof(a_moment));
}

void uh_copy_shutdown(const struct uh_socket *socket, int to)
{
	unsigned bits = early_bits(socket->identity);

	if (bits & WRITES) {
		uh_libc_shutdown()(to, SHUT_WR);
		uh_record_shut_writing(uh_socket_identity(to));
	}
	if (bits & READS && is_unix(to))
		end_reading(to, uh_socket_identity(to));
	else if (bits & READS)
		uh_libc_shutdown()(to, SHUT_RD);
}

/* The direction that the stand-in is told; SHUT_RD: none, but reading ends. */
static int told(int how, const struct uh_record *record)
{
	if ((how == SHUT_RD && record->write_shut) ||
	    (how == SHUT_WR && uh_record_reading_ended(record->identity)))
		return SHUT_RDWR;
	return how;
}

static int shut_stand_in(int fd, int how, const struct uh_record *record)
{
	int result = 0;

	how = told(how, record);
	if (how == SHUT_RD)
		end_reading(fd, record->identity);
	else
		result = uh_libc_shutdown()(fd, how);
	if (result != 0)
		return result;
	if (how != SHUT_RD)
		uh_record_shut_writing(record->identity);
	/* A connection in progress has come to its end (inet_shutdown()). */
	uh_record_end_progress(record->identity);
	return 0;
}

int uh_shutdown(int fd, int how)
{
	struct uh_record record;
	int saved = errno, result;

	if (uh_record_find(fd, &record) && record.kind == UH_REPLACED && is_unix(fd))
		result = shut_stand_in(fd, how, &record);
	else
		result = uh_libc_shutdown()(fd, how);
	if (result == 0)
		errno = saved;
	else if (errno == ENOTCONN && uh_is_fresh_stream(fd))
		keep_early(uh_socket_identity(fd), how);
	return result;
}

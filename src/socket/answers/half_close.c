/* SPDX-License-Identifier: MIT */
/*
 * half_close.c: shutdown(2) on a stream that is, or will be, replaced by a Unix socket.
 *
 * If a Unix socket is shut for reading, the other end's writes fail at once (EPIPE, SIGPIPE).
 * TCP doesn't tell the other end: the service goes on writing, and the program can still read
 * that. SHUT_RD alone is therefore not passed to the replacement socket. A blocking read there
 * would wait where TCP gives end of file, so SO_RCVTIMEO makes it return after a microsecond.
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
 * shutdown(2) before connect(2) fails with ENOTCONN on a TCP socket, but takes effect
 * nevertheless (inet_shutdown() in linux/net/ipv4/af_inet.c). The kernel gives no way to find
 * out later. So the latest such sockets are remembered: identity << HOW_BITS | READS | WRITES.
 */
enum { EARLY = 16, READS = 1, WRITES = 2, HOW_BITS = 2 };
static _Atomic uint64_t early[EARLY];
static atomic_uint early_calls;

/*
 * Converts SHUT_RD, SHUT_WR or SHUT_RDWR to READS and WRITES, which are the kernel's
 * RCV_SHUTDOWN and SEND_SHUTDOWN.
 */
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

/*
 * Returns the direction in which the replacement socket is to be shut down, now that the
 * program has called shutdown(how). SHUT_RD: it only stops reading.
 */
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
	/* shutdown(2) ends a connection in progress (inet_shutdown()). */
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

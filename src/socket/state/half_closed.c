/* SPDX-License-Identifier: MIT */
/* half_closed.c: remembers shutdown(2), and makes a replacement socket behave like it. */
#include "half_closed.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "libc/libc.h"
#include "identity.h"
#include "records.h"
#include "socket_info.h"

/*
 * shutdown(2) before connect(2) fails with ENOTCONN on a TCP socket, but takes effect
 * nevertheless (inet_shutdown() in linux/net/ipv4/af_inet.c). The kernel gives no way to find
 * out later. So the latest such sockets are remembered: identity << HOW_BITS | READS | WRITES.
 */
enum { EARLY = 16, READS = 1, WRITES = 2, HOW_BITS = 2 };
static _Atomic uint64_t early[EARLY];
static atomic_uint early_calls;

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

void uh_remember_early_shutdown(uint64_t identity, int how)
{
	unsigned i = atomic_fetch_add(&early_calls, 1) % EARLY;

	/* SHUT_RD is 0, SHUT_WR 1, SHUT_RDWR 2. */
	atomic_store(&early[i], identity << HOW_BITS | ((unsigned)how + 1));
}

bool uh_record_reading_ended(uint64_t identity)
{
	char timeout[UH_OPTION_MAX];
	size_t size;

	return uh_record_get_option(identity, SOL_SOCKET, UH_RCVTIMEO_OLD, timeout, &size);
}

void uh_record_set_receive_timeout(uint64_t identity, int fd)
{
	static const int layouts[] = {UH_RCVTIMEO_OLD, UH_RCVTIMEO_NEW};

	for (int i = 0; i < 2; i++) {
		char timeout[UH_OPTION_MAX];
		socklen_t size = sizeof(timeout);

		if (uh_libc_getsockopt()(fd, SOL_SOCKET, layouts[i], timeout, &size) == 0)
			uh_record_set_option(identity, SOL_SOCKET, layouts[i], timeout, size);
	}
}

void uh_end_reading(int fd, uint64_t identity)
{
	static const struct timeval a_moment = {.tv_usec = 1};

	if (uh_record_reading_ended(identity))
		return;
	uh_record_set_receive_timeout(identity, fd);
	uh_libc_setsockopt()(fd, SOL_SOCKET, SO_RCVTIMEO, &a_moment, sizeof(a_moment));
}

void uh_copy_shutdown(const struct uh_socket *socket, int to)
{
	unsigned bits = early_bits(socket->identity);

	if (bits & WRITES) {
		uh_libc_shutdown()(to, SHUT_WR);
		uh_record_set_write_shut(uh_socket_identity(to));
	}
	if (bits & READS && uh_get_int_option(to, SOL_SOCKET, SO_DOMAIN, 0) == AF_UNIX)
		uh_end_reading(to, uh_socket_identity(to));
	else if (bits & READS)
		uh_libc_shutdown()(to, SHUT_RD);
}

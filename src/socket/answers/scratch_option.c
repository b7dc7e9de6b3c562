/* SPDX-License-Identifier: MIT */
/* scratch_option.c: lets a scratch socket of the program's kind check and adjust option values.
 */
#include "scratch_option.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "libc/libc.h"
#include "process/interruption.h"
#include "process/own_fd.h"
#include "process/seccomp_filter.h"
#include "process/user_memory.h"
#include "socket/state/half_closed.h"
#include "sockname.h"

#ifndef TCP_FASTOPEN_NO_COOKIE
#define TCP_FASTOPEN_NO_COOKIE 34 /* linux/tcp.h */
#endif

/*
 * Returns a new socket of the program's kind, not connected (for path MTU options: connected to
 * the peer), or -1 with errno.
 */
static int scratch_socket(const struct uh_record *record, int level, int name)
{
	bool wants_path = (level == IPPROTO_IP && name == IP_MTU) ||
			  (level == IPPROTO_IPV6 && (name == IPV6_MTU || name == IPV6_PATHMTU));

	return wants_path ? uh_open_datagram_to_peer(record)
			  : uh_open_socket(record->domain, record->type, record->protocol);
}

/*
 * Cancellation is deferred because poll(2) is a cancellation point and getsockopt(2) is not.
 * Under a seccomp filter poll(2) may be forbidden, and the answer is false.
 */
static bool has_peer_ended(int fd)
{
	struct pollfd end = {.fd = fd, .events = POLLRDHUP};
	int state = uh_defer_cancel();
	bool ended =
	    !uh_is_filtered() && poll(&end, 1, 0) == 1 && end.revents & (POLLRDHUP | POLLHUP);

	uh_restore_cancel(state);
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

int uh_scratch_getsockopt(int fd, const struct uh_record *record, int level, int name,
			  void *value, socklen_t *length)
{
	int scratch = scratch_socket(record, level, name), result;
	char kept[UH_OPTION_MAX];
	size_t size;

	if (scratch < 0) {
		errno = ENOBUFS;
		return -1;
	}
	if (uh_record_get_option(record->identity, level, name, kept, &size))
		uh_libc_setsockopt()(scratch, level, name, kept, (socklen_t)size);
	result = uh_libc_getsockopt()(scratch, level, name, value, length);
	uh_close(scratch);
	if (result == 0 && level == IPPROTO_TCP && name == TCP_INFO &&
	    uh_load_length(length) > 0)
		*(unsigned char *)value = tcp_state(fd, record); /* tcpi_state */
	return result;
}

/* No scratch socket could be made: stores the value unchecked. */
static int store_unchecked(int fd, const struct uh_record *record, int level, int name,
			   const void *value, socklen_t length)
{
	if (length != sizeof(int) || !uh_is_readable(fd, value, length) ||
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
static int error_if_connected(int level, int name, int value)
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
	int error = error_if_connected(level, name, kept.value);

	if (error) {
		errno = error;
		return false;
	}
	if (uh_is_receive_timeout(level, name))
		uh_record_set_receive_timeout(identity, scratch);
	else if (known)
		uh_record_set_option(identity, level, name, kept.bytes, size);
	return true;
}

/* The kernel checks and may adjust the value; the adjusted value is stored. */
int uh_scratch_setsockopt(int fd, const struct uh_record *record, int level, int name,
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

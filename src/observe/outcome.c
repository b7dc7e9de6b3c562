/* SPDX-License-Identifier: MIT */
/* outcome.c: traces the outcome of connections that go on after connect(2). */
#include "outcome.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <string.h>

#include "process/interruption.h"
#include "process/seccomp_filter.h"
#include "base/clock.h"
#include "base/large.h"
#include "socket/state/records.h"
#include "socket/answers/sockopt.h"
#include "socket/state/identity.h"
#include "trace_channel.h"

enum { NUMBERS = 65536 };

/* At fd modulo NUMBERS: fd + 1 if its connection goes on. Only a hint, because the number may
 * have been used again: the kernel is asked about the socket that is there now. */
UH_LARGE static _Atomic int awaited[NUMBERS];

static _Atomic int *place_of(int fd)
{
	return &awaited[(unsigned)fd % NUMBERS];
}

static bool is_awaited(int fd)
{
	return fd >= 0 && atomic_load_explicit(place_of(fd), memory_order_relaxed) == fd + 1;
}

static void await_no_more(int fd)
{
	int mine = fd + 1;

	if (fd >= 0)
		atomic_compare_exchange_strong(place_of(fd), &mine, 0);
}

void uh_awaited_put(int fd)
{
	atomic_store(place_of(fd), fd + 1);
}

/* The state of a TCP connection. NONE: none was begun, or the socket is of another kind. */
enum standing { NONE, GOES_ON, MADE, REFUSED };

/*
 * Asks the kernel without taking the error from the program, as SO_ERROR would. A closed socket
 * has been connected before if its SYN was acknowledged: tcpi_bytes_acked counts that, and is
 * not counted up by a RST (tcp_rcv_synsent_state_process in net/ipv4/tcp_input.c).
 */
static enum standing look(int fd)
{
	enum { BYTES_ACKED = 120 }; /* offset in the kernel's tcp_info; libc's may be shorter */
	_Alignas(uint64_t) unsigned char info[BYTES_ACKED + sizeof(uint64_t)] = {0};
	socklen_t size = sizeof(info);
	uint64_t acked;

	if (uh_getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, &size) != 0)
		return NONE;
	memcpy(&acked, info + BYTES_ACKED, sizeof(acked));
	switch (info[0]) {
	case TCP_LISTEN:
		return NONE;
	case TCP_SYN_SENT:
	case TCP_SYN_RECV:
		return GOES_ON;
	case TCP_CLOSE:
		return acked ? MADE : REFUSED;
	default:
		return MADE;
	}
}

int32_t uh_awaited_result(int fd, int error)
{
	int saved = errno;
	enum standing standing;

	if (error && error != EINPROGRESS && error != EINTR)
		return error;
	standing = look(fd);
	errno = saved;
	if (standing == GOES_ON || (error && standing == NONE))
		return UH_TRACE_UNKNOWN;
	return error && standing == REFUSED ? UH_TRACE_FAILED : 0;
}

static void tell(int fd, int32_t error, bool now)
{
	struct uh_trace_message message = {.kind = UH_TRACE_OUTCOME, .error = error};
	int state = uh_defer_cancel();

	message.start = now ? uh_clock_ns(CLOCK_MONOTONIC) : 0;
	message.identity = uh_socket_identity(fd);
	uh_trace_send(&message, NULL);
	uh_restore_cancel(state);
}

/* True for an error of the connection; false for 0 and for an error of the call alone. */
static bool is_reason(int error)
{
	switch (error) {
	case 0:
	case EAGAIN:
	case EALREADY:
	case EINPROGRESS:
	case EINTR:
	case EISCONN:
	case ENOTCONN:
	case EPIPE:
		return false;
	default:
		return true;
	}
}

static void learn(int fd, int error, enum standing standing)
{
	if (standing == MADE) {
		await_no_more(fd);
		/* With an error, the connection was made earlier, at a time that is unknown. */
		tell(fd, 0, error == 0 || error == EISCONN);
	} else if (standing != GOES_ON && is_reason(error)) {
		await_no_more(fd);
		tell(fd, error, true);
	}
}

void uh_awaited_asked(int fd, int error)
{
	int saved = errno;

	if (!uh_is_confined())
		learn(fd, error, look(fd));
	errno = saved;
}

void uh_awaited_used(int fd, bool failed)
{
	if (is_awaited(fd))
		uh_awaited_asked(fd, failed ? errno : 0);
}

void uh_awaited_told(int fd, const void *value, socklen_t length)
{
	int error, saved = errno;
	enum standing standing;

	if (length != sizeof(error) || uh_is_confined())
		return;
	memcpy(&error, value, sizeof(error));
	standing = look(fd);
	/* The kernel sets the error just before the state (tcp_reset() in
	 * net/ipv4/tcp_input.c). */
	if (error && standing == GOES_ON)
		standing = REFUSED;
	learn(fd, error, standing);
	errno = saved;
}

/* A connection that goes on stays awaited: a copy of the descriptor may still learn of it. */
void uh_awaited_closing(int fd)
{
	int saved = errno;
	enum standing standing;

	if (!is_awaited(fd) || uh_is_confined())
		return;
	standing = look(fd);
	if (standing != GOES_ON)
		await_no_more(fd);
	if (standing == MADE)
		tell(fd, 0, false);
	else if (standing == REFUSED)
		tell(fd, UH_TRACE_FAILED, false);
	errno = saved;
}

void uh_awaited_closing_range(unsigned first, unsigned last)
{
	for (int i = 0; i < NUMBERS; i++) {
		int fd = atomic_load_explicit(&awaited[i], memory_order_relaxed) - 1;

		if (fd >= 0 && (unsigned)fd >= first && (unsigned)fd <= last)
			uh_awaited_closing(fd);
	}
}

void uh_awaited_given_up(int fd)
{
	int saved = errno;

	if (!is_awaited(fd) || uh_is_confined())
		return;
	await_no_more(fd);
	tell(fd, UH_TRACE_UNKNOWN, false);
	errno = saved;
}

__attribute__((destructor)) static void close_all(void)
{
	if (!uh_traces())
		return;
	uh_awaited_closing_range(0, ~0U);
}

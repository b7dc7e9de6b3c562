/* SPDX-License-Identifier: MIT */
/* send.c: sendto(2) and sendmsg(2), for TCP Fast Open and for datagrams to stand-ins; any other
 * send goes straight to libc. */
#include <errno.h>
#include <string.h>

#include "export.h"
#include "known_names.h"
#include "libc.h"
#include "notes.h"
#include "records.h"
#include "routes.h"
#include "socket.h"
#include "tracing.h"
#include "user_memory.h"

/*
 * True when MSG_FASTOPEN is to connect to an address that has a route. The connection is then
 * made first, and the data sent on it: a local one has no round trip to save.
 */
static bool is_routed_open(int fd, int flags, const struct sockaddr *address, socklen_t length)
{
	struct uh_endpoint asked;

	return flags & MSG_FASTOPEN && address && uh_is_fresh_stream(fd) &&
	       uh_asks_for(fd, address, length, &asked) && uh_routes_match(&asked, UH_TCP);
}

/* A connected TCP socket opens no second time; a Unix socket in its place would take the data.
 */
static bool is_open(int fd, int flags, const struct sockaddr *address)
{
	struct uh_record record;

	if (!(flags & MSG_FASTOPEN) || !address || !uh_record_find(fd, &record) ||
	    record.kind != UH_REPLACED || record.type != SOCK_STREAM)
		return false;
	errno = EISCONN;
	return true;
}

static bool is_traced_open(int fd, int flags, const struct sockaddr *address)
{
	return flags & MSG_FASTOPEN && uh_traces() && address && uh_is_fresh_stream(fd);
}

static ssize_t send_traced(int fd, const void *data, size_t size, int flags,
			   const struct sockaddr *address, socklen_t length)
{
	struct uh_trace trace;
	ssize_t sent;

	uh_trace_start(&trace, fd, address, length);
	sent = uh_libc_sendto()(fd, data, size, flags, address, length);
	uh_trace_end(&trace, sent < 0);
	return sent;
}

UH_EXPORT ssize_t sendto(int fd, const void *data, size_t size, int flags,
			 const struct sockaddr *address, socklen_t length)
{
	struct sockaddr_storage real;
	socklen_t real_length;

	if (is_open(fd, flags, address))
		return -1;
	if (is_routed_open(fd, flags, address, length)) {
		if (connect(fd, address, length) != 0)
			return -1;
		return uh_libc_sendto()(fd, data, size, flags & ~MSG_FASTOPEN, NULL, 0);
	}
	/* A connected TCP socket heeds no address; the Unix socket in its place would refuse
	 * one. */
	if (address && uh_stands_for_stream(fd))
		return uh_libc_sendto()(fd, data, size, flags, NULL, 0);
	if (is_traced_open(fd, flags, address))
		return send_traced(fd, data, size, flags, address, length);
	real_length = uh_real_name_of(fd, address, length, &real);
	if (real_length == UH_NOWHERE)
		return -1;
	if (real_length)
		return uh_libc_sendto()(fd, data, size, flags, (struct sockaddr *)&real,
					real_length);
	return uh_libc_sendto()(fd, data, size, flags, address, length);
}

static ssize_t open_and_send(int fd, const struct msghdr *message, int flags)
{
	struct msghdr unaddressed = *message;

	if (connect(fd, message->msg_name, message->msg_namelen) != 0)
		return -1;
	unaddressed.msg_name = NULL;
	unaddressed.msg_namelen = 0;
	return uh_libc_sendmsg()(fd, &unaddressed, flags & ~MSG_FASTOPEN);
}

static ssize_t send_readdressed(int fd, const struct msghdr *message, int flags,
				struct sockaddr_storage *address, socklen_t length)
{
	struct msghdr readdressed = *message;

	readdressed.msg_name = address;
	readdressed.msg_namelen = length;
	return uh_libc_sendmsg()(fd, &readdressed, flags);
}

/* A datagram to a stand-in goes to the name's real address: there is no connection to route. */
static ssize_t send_message(int fd, const struct msghdr *message, int flags)
{
	struct sockaddr_storage real;
	socklen_t length;

	if (!uh_records_any() && !uh_known_any())
		return uh_libc_sendmsg()(fd, message, flags);
	if (!uh_readable(fd, message, sizeof(*message)) || !message->msg_name)
		return uh_libc_sendmsg()(fd, message, flags);
	if (uh_stands_for_stream(fd))
		return send_readdressed(fd, message, flags, NULL, 0);
	length = uh_real_name_of(fd, message->msg_name, message->msg_namelen, &real);
	if (length == UH_NOWHERE)
		return -1;
	return length ? send_readdressed(fd, message, flags, &real, length)
		      : uh_libc_sendmsg()(fd, message, flags);
}

/*
 * How many descriptors a header says that it passes. Not every kind of socket looks at them, so
 * none has been checked against the room that there is.
 */
static size_t count_passed(const struct msghdr *message, const struct cmsghdr *header)
{
	const char *end = (const char *)message->msg_control + message->msg_controllen;
	size_t room = (size_t)(end - (const char *)header);
	size_t size = header->cmsg_len < room ? header->cmsg_len : room;

	if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
		return 0;
	return size < CMSG_LEN(0) ? 0 : (size - CMSG_LEN(0)) / sizeof(int);
}

static ssize_t send_message_traced(int fd, const struct msghdr *message, int flags)
{
	struct uh_trace trace;
	ssize_t sent;

	uh_trace_start(&trace, fd, message->msg_name, message->msg_namelen);
	sent = uh_libc_sendmsg()(fd, message, flags);
	uh_trace_end(&trace, sent < 0);
	return sent;
}

/* Descriptors that were passed may come back under other numbers, as copies. */
static void note_passed(const struct msghdr *message)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);

	for (; header; header = CMSG_NXTHDR((struct msghdr *)message, header)) {
		size_t count = count_passed(message, header);

		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(header) + i * sizeof(fd), sizeof(fd));
			uh_note_hint(fd, UH_HINT_COPIED);
		}
	}
}

UH_EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	ssize_t sent;

	if (flags & MSG_FASTOPEN && uh_readable(fd, message, sizeof(*message))) {
		if (is_open(fd, flags, message->msg_name))
			return -1;
		if (is_routed_open(fd, flags, message->msg_name, message->msg_namelen))
			return open_and_send(fd, message, flags);
		if (is_traced_open(fd, flags, message->msg_name))
			return send_message_traced(fd, message, flags);
	}
	sent = send_message(fd, message, flags);
	if (sent >= 0 && message->msg_control) /* libc has read it: it can be read */
		note_passed(message);
	return sent;
}

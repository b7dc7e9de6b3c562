/* SPDX-License-Identifier: MIT */
/*
 * sendmsg.c: sendmsg(2), for datagrams, TCP Fast Open, MSG_ZEROCOPY, and descriptors that are
 * passed on; all other calls go straight to libc.
 */
#include "sendmsg.h"

#include <errno.h>
#include <pthread.h>

#include "export.h"
#include "observe/traced_call.h"
#include "passed_fds.h"
#include "process/user_memory.h"
#include "routes/routes.h"

static ssize_t send_unaddressed(int fd, const struct msghdr *message, int flags,
				uh_send_one *send)
{
	struct msghdr unaddressed = *message;

	unaddressed.msg_name = NULL;
	unaddressed.msg_namelen = 0;
	return send(fd, &unaddressed, flags);
}

static ssize_t open_and_send(int fd, const struct msghdr *message, int flags, uh_send_one *send)
{
	if (connect(fd, message->msg_name, uh_name_length(message)) != 0)
		return -1;
	return send_unaddressed(fd, message, flags & ~MSG_FASTOPEN, send);
}

static ssize_t send_datagram(int fd, const struct msghdr *message, int flags,
			     const struct uh_endpoint *asked, uh_send_one *send)
{
	const struct uh_routes *routes = uh_routes_acquire_current();
	struct msghdr readdressed = *message;
	struct uh_datagram datagram;
	ssize_t sent = -1;

	pthread_cleanup_push(uh_routes_cleanup, (void *)routes);
	uh_datagram_decide(routes, fd, asked, message->msg_name, &datagram);
	if (datagram.length) {
		readdressed.msg_name = &datagram.name;
		readdressed.msg_namelen = datagram.length;
	}
	if (datagram.error)
		errno = datagram.error;
	else
		sent = send(fd, &readdressed, flags);
	uh_note_datagram(routes, fd, asked, &datagram, sent);
	pthread_cleanup_pop(0);
	uh_routes_release(routes);
	return sent;
}

static ssize_t send_message_traced(int fd, const struct msghdr *message, int flags,
				   const struct uh_addressed *addressed, uh_send_one *send)
{
	struct uh_traced_call trace;
	ssize_t sent;

	uh_traced_call_begin(&trace, fd, addressed->is_ip ? &addressed->asked : NULL, NULL);
	pthread_cleanup_push(uh_traced_call_cleanup, &trace);
	sent = send(fd, message, flags);
	pthread_cleanup_pop(0);
	uh_traced_call_end(&trace, sent < 0);
	return sent;
}

ssize_t uh_message_send(int fd, const struct msghdr *message, int flags,
			const struct uh_addressed *addressed, uh_send_one *send)
{
	switch (addressed->way) {
	case UH_FAILS:
		errno = addressed->error;
		return -1;
	case UH_OPENS:
		return open_and_send(fd, message, flags, send);
	case UH_UNADDRESSED:
		return send_unaddressed(fd, message, flags, send);
	case UH_DATAGRAM:
		return send_datagram(fd, message, flags, &addressed->asked, send);
	case UH_TRACED:
		return send_message_traced(fd, message, flags, addressed, send);
	case UH_AS_IT_IS:
		break;
	}
	return uh_note_sent(fd, send(fd, message, flags));
}

void uh_message_decide(int fd, const struct msghdr *message, int flags,
		       struct uh_addressed *addressed)
{
	uh_addressed_decide(fd, message->msg_name, uh_name_length(message), flags, addressed);
}

static ssize_t send_message(int fd, const struct msghdr *message, int flags)
{
	struct uh_addressed addressed;

	if (!uh_message_may_be_addressed(fd, flags) ||
	    !uh_is_readable(fd, message, sizeof(*message)))
		return uh_libc_sendmsg()(fd, message, flags);
	uh_message_decide(fd, message, flags, &addressed);
	return uh_message_send(fd, message, flags, &addressed, uh_libc_sendmsg());
}

UH_EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	ssize_t sent = send_message(fd, message, flags);

	if (sent >= 0)
		uh_fds_passed(message);
	return sent;
}

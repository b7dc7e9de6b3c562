/* SPDX-License-Identifier: MIT */
/*
 * send.c: send(2), sendto(2), sendmsg(2) and sendmmsg(2). They matter for TCP Fast Open,
 * MSG_ZEROCOPY, datagrams to stand-ins, and descriptors that are passed on; all other calls go
 * straight to libc.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/uio.h>

#include "sendto_policy.h"
#include "observe/outcome.h"
#include "export.h"
#include "libc/libc.h"
#include "socket/state/fd_hints.h"
#include "observe/trace_sender.h"
#include "process/user_memory.h"

static ssize_t send_traced(int fd, const void *data, size_t size, int flags,
			   const struct sockaddr *address, socklen_t length,
			   const struct uh_addressed *addressed)
{
	struct uh_traced_call trace;
	ssize_t sent;

	uh_traced_call_begin(&trace, fd, addressed->is_ip ? &addressed->asked : NULL, NULL);
	pthread_cleanup_push(uh_traced_call_cleanup, &trace);
	sent = uh_libc_sendto()(fd, data, size, flags, address, length);
	pthread_cleanup_pop(0);
	uh_traced_call_end(&trace, sent < 0);
	return sent;
}

/* Returns sent. The result tells a traced program whether its connection has been made. */
static ssize_t note_sent(int fd, ssize_t sent)
{
	if (uh_traces())
		uh_awaited_used(fd, sent < 0);
	return sent;
}

/* The address to pass to libc; NULL if the address is left out because nothing heeds it. */
static void *new_address(struct uh_addressed *addressed)
{
	return addressed->length ? &addressed->address : NULL;
}

/* Out of line, so that other calls do not pay for its frame. */
__attribute__((noinline)) static ssize_t send_addressed(int fd, const void *data, size_t size,
							int flags,
							const struct sockaddr *address,
							socklen_t length)
{
	struct uh_addressed addressed;

	uh_addressed_decide(fd, address, length, flags, &addressed);
	switch (addressed.way) {
	case UH_FAILS:
		errno = addressed.error;
		return -1;
	case UH_OPENS:
		if (connect(fd, address, length) != 0)
			return -1;
		return uh_libc_sendto()(fd, data, size, flags & ~MSG_FASTOPEN, NULL, 0);
	case UH_READDRESSED:
		return uh_libc_sendto()(fd, data, size, flags, new_address(&addressed),
					addressed.length);
	case UH_TRACED:
		return send_traced(fd, data, size, flags, address, length, &addressed);
	case UH_AS_IT_IS:
		break;
	}
	return note_sent(fd, uh_libc_sendto()(fd, data, size, flags, address, length));
}

UH_EXPORT ssize_t sendto(int fd, const void *data, size_t size, int flags,
			 const struct sockaddr *address, socklen_t length)
{
	if (uh_may_be_addressed(flags))
		return send_addressed(fd, data, size, flags, address, length);
	return uh_libc_sendto()(fd, data, size, flags, address, length);
}

/* Most calls are handed to libc by a jump. */
UH_EXPORT ssize_t send(int fd, const void *data, size_t size, int flags)
{
	if (flags & (MSG_ZEROCOPY | MSG_FASTOPEN) && uh_records_any())
		return send_addressed(fd, data, size, flags, NULL, 0);
	return uh_libc_send()(fd, data, size, flags);
}

/*
 * The number of descriptors that a header passes. Not every kind of socket checks the header's
 * length against the buffer, so it is checked here.
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

/*
 * Records that passed descriptors may have copies: they may return under other numbers. The
 * message was sent, so libc has read it and it is readable.
 */
static void note_passed(const struct msghdr *message)
{
	struct cmsghdr *header = message->msg_control ? CMSG_FIRSTHDR(message) : NULL;

	for (; header; header = CMSG_NXTHDR((struct msghdr *)message, header)) {
		size_t count = count_passed(message, header);

		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(header) + i * sizeof(fd), sizeof(fd));
			uh_fd_add_hint(fd, UH_HINT_COPIED);
			uh_fd_used(fd); /* the receiver may change the socket */
		}
	}
}

/* libc's sendmsg(2), or send_one_of_many. */
typedef uh_libc_type_sendmsg send_one;

/* The kernel cuts a longer address (copy_msghdr_from_user() in linux/net/socket.c). */
static socklen_t name_length(const struct msghdr *message)
{
	const socklen_t most = sizeof(struct sockaddr_storage);

	return (int)message->msg_namelen > (int)most ? most : message->msg_namelen;
}

static ssize_t open_and_send(int fd, const struct msghdr *message, int flags, send_one *send)
{
	struct msghdr unaddressed = *message;

	if (connect(fd, message->msg_name, name_length(message)) != 0)
		return -1;
	unaddressed.msg_name = NULL;
	unaddressed.msg_namelen = 0;
	return send(fd, &unaddressed, flags & ~MSG_FASTOPEN);
}

static ssize_t send_readdressed(int fd, const struct msghdr *message, int flags,
				struct uh_addressed *addressed, send_one *send)
{
	struct msghdr readdressed = *message;

	readdressed.msg_name = new_address(addressed);
	readdressed.msg_namelen = addressed->length;
	return send(fd, &readdressed, flags);
}

static ssize_t send_message_traced(int fd, const struct msghdr *message, int flags,
				   const struct uh_addressed *addressed, send_one *send)
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

static ssize_t send_as_decided(int fd, const struct msghdr *message, int flags,
			       struct uh_addressed *addressed, send_one *send)
{
	switch (addressed->way) {
	case UH_FAILS:
		errno = addressed->error;
		return -1;
	case UH_OPENS:
		return open_and_send(fd, message, flags, send);
	case UH_READDRESSED:
		return send_readdressed(fd, message, flags, addressed, send);
	case UH_TRACED:
		return send_message_traced(fd, message, flags, addressed, send);
	case UH_AS_IT_IS:
		break;
	}
	return note_sent(fd, send(fd, message, flags));
}

static void decide(int fd, const struct msghdr *message, int flags,
		   struct uh_addressed *addressed)
{
	uh_addressed_decide(fd, message->msg_name, name_length(message), flags, addressed);
}

static ssize_t send_message(int fd, const struct msghdr *message, int flags)
{
	struct uh_addressed addressed;

	if (!uh_may_be_addressed(flags) || !uh_readable(fd, message, sizeof(*message)))
		return uh_libc_sendmsg()(fd, message, flags);
	decide(fd, message, flags, &addressed);
	return send_as_decided(fd, message, flags, &addressed, uh_libc_sendmsg());
}

UH_EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	ssize_t sent = send_message(fd, message, flags);

	if (sent >= 0)
		note_passed(message);
	return sent;
}

/* The progress of a sendmmsg(2). */
struct batch {
	int fd, flags;
	struct mmsghdr *messages;
	unsigned count, sent;
};

/*
 * Sends one message by sendmmsg(2), because sendmsg(2) ignores MSG_EOR among the message's own
 * flags.
 */
static ssize_t send_one_of_many(int fd, const struct msghdr *message, int flags)
{
	struct mmsghdr one = {.msg_hdr = *message};

	return uh_libc_sendmmsg()(fd, &one, 1, flags) < 0 ? -1 : (ssize_t)one.msg_len;
}

/* False if only a part of the message was sent. The kernel stops a batch there. */
static bool is_whole(const struct mmsghdr *sent)
{
	size_t size = 0;

	for (size_t i = 0; i < (size_t)sent->msg_hdr.msg_iovlen; i++)
		size += sent->msg_hdr.msg_iov[i].iov_len;
	return size == sent->msg_len;
}

/* Sends the messages before `end` unchanged. False if nothing may be sent after them. */
static bool send_up_to(struct batch *batch, unsigned end)
{
	struct mmsghdr *first = &batch->messages[batch->sent];
	int sent;

	if (batch->sent == end)
		return true;
	sent = (int)note_sent(
	    batch->fd, uh_libc_sendmmsg()(batch->fd, first, end - batch->sent, batch->flags));
	for (int i = 0; i < sent; i++)
		note_passed(&first[i].msg_hdr);
	batch->sent += sent > 0 ? (unsigned)sent : 0;
	return batch->sent == end && end < batch->count && is_whole(&batch->messages[end - 1]);
}

/* Sends the next message as decided. False if nothing may be sent after it. */
static bool send_next(struct batch *batch, struct uh_addressed *addressed)
{
	struct mmsghdr *next = &batch->messages[batch->sent];
	ssize_t sent = send_as_decided(batch->fd, &next->msg_hdr, batch->flags, addressed,
				       send_one_of_many);

	if (sent < 0 || !uh_write_word(batch->fd, &next->msg_len, (unsigned)sent))
		return false;
	note_passed(&next->msg_hdr);
	batch->sent++;
	return batch->sent < batch->count && is_whole(next);
}

/*
 * Sends consecutive messages that stay unchanged by one call. Stops at a message that is not
 * readable: libc then returns the error. Messages after a failed one are not looked at.
 */
static void send_batch(struct batch *batch)
{
	struct uh_addressed addressed;
	unsigned at = 0;

	for (; at < batch->count; at++) {
		const struct mmsghdr *next = &batch->messages[at];

		if (!uh_readable(batch->fd, next, sizeof(*next)))
			break;
		decide(batch->fd, &next->msg_hdr, batch->flags, &addressed);
		if (addressed.way == UH_AS_IT_IS)
			continue;
		if (!send_up_to(batch, at) || !send_next(batch, &addressed))
			return;
	}
	send_up_to(batch, batch->count);
}

/*
 * As in sendmmsg(2), an error after the first message is not reported; the next call returns
 * it.
 */
static int send_addressed_batch(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
	struct batch batch = {fd, flags, messages, count < UIO_MAXIOV ? count : UIO_MAXIOV, 0};
	int saved = errno;

	send_batch(&batch);
	if (!batch.sent)
		return -1;
	errno = saved;
	return (int)batch.sent;
}

#ifdef __GLIBC__
typedef int batch_flags;
#else
typedef unsigned batch_flags;
#endif

UH_EXPORT int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, batch_flags flags)
{
	int sent;

	if (count && uh_may_be_addressed((int)flags))
		return send_addressed_batch(fd, messages, count, (int)flags);
	sent = uh_libc_sendmmsg()(fd, messages, count, (int)flags);
	for (int i = 0; i < sent; i++)
		note_passed(&messages[i].msg_hdr);
	return sent;
}

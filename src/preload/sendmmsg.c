/* SPDX-License-Identifier: MIT */
/* sendmmsg.c: sendmmsg(2), whose messages are decided about one by one. */
#include <errno.h>
#include <sys/uio.h>

#include "export.h"
#include "libc/libc.h"
#include "passed_fds.h"
#include "process/user_memory.h"
#include "sendmsg.h"

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
	sent = (int)uh_note_sent(
	    batch->fd, uh_libc_sendmmsg()(batch->fd, first, end - batch->sent, batch->flags));
	for (int i = 0; i < sent; i++)
		uh_fds_passed(&first[i].msg_hdr);
	batch->sent += sent > 0 ? (unsigned)sent : 0;
	return batch->sent == end && end < batch->count && is_whole(&batch->messages[end - 1]);
}

/* Sends the next message as decided. False if nothing may be sent after it. */
static bool send_next(struct batch *batch, struct uh_addressed *addressed)
{
	struct mmsghdr *next = &batch->messages[batch->sent];
	ssize_t sent = uh_message_send(batch->fd, &next->msg_hdr, batch->flags, addressed,
				       send_one_of_many);

	if (sent < 0 || !uh_write_word(batch->fd, &next->msg_len, (unsigned)sent))
		return false;
	uh_fds_passed(&next->msg_hdr);
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

		if (!uh_is_readable(batch->fd, next, sizeof(*next)))
			break;
		uh_message_decide(batch->fd, &next->msg_hdr, batch->flags, &addressed);
		if (addressed.way == UH_AS_IT_IS)
			continue;
		if (!send_up_to(batch, at) || !send_next(batch, &addressed))
			return;
	}
	send_up_to(batch, batch->count);
}

/*
 * An error after the first message is not reported, as in sendmmsg(2); the next call returns
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
		uh_fds_passed(&messages[i].msg_hdr);
	return sent;
}

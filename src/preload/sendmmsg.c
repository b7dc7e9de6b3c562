/* SPDX-License-Identifier: MIT */
/*
 * sendmmsg.c: sendmmsg(2), whose messages are decided about one by one. Datagrams are sent
 * together all the same, several by one call: a routed batch of that size costs no more system
 * calls than another one.
 */
#include <errno.h>
#include <pthread.h>
#include <sys/uio.h>

#include "export.h"
#include "libc/libc.h"
#include "passed_fds.h"
#include "process/user_memory.h"
#include "routes/routes.h"
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
static bool send_next(struct batch *batch, const struct uh_addressed *addressed)
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
 * Messages that are sent by one call: copies, so that those of the program stay as they are.
 * More of them would take more stack than a call may take.
 */
enum { TOGETHER = 8 };
struct group {
	const struct uh_routes *routes;
	unsigned count;
	struct mmsghdr message[TOGETHER];
	struct uh_datagram datagram[TOGETHER];
};

/* Decides about a message. False if it is not readable: libc then returns the error. */
static bool decide(const struct batch *batch, unsigned at, struct uh_addressed *addressed)
{
	const struct mmsghdr *next = &batch->messages[at];

	if (!uh_is_readable(batch->fd, next, sizeof(*next)))
		return false;
	uh_message_decide(batch->fd, &next->msg_hdr, batch->flags, addressed);
	return true;
}

/* Adds a message, and says whether further ones may be added. */
static bool add_to_group(const struct batch *batch, const struct uh_addressed *addressed,
			 struct group *group)
{
	struct mmsghdr *original = &batch->messages[batch->sent + group->count];
	struct mmsghdr *message = &group->message[group->count];
	struct uh_datagram *datagram = &group->datagram[group->count];

	*message = *original;
	*datagram = (struct uh_datagram){.route = NULL};
	if (addressed->way == UH_DATAGRAM)
		uh_datagram_decide(group->routes, batch->fd, &addressed->asked,
				   message->msg_hdr.msg_name, datagram);
	if (addressed->way == UH_DATAGRAM && datagram->length) {
		message->msg_hdr.msg_name = &datagram->name;
		message->msg_hdr.msg_namelen = datagram->length;
	}
	group->count++;
	/*
	 * A message that fails ends the batch, and so does one whose size cannot be written
	 * after it was sent.
	 */
	return !datagram->error && group->count < TOGETHER &&
	       uh_write_word(batch->fd, &original->msg_len, original->msg_len);
}

/*
 * Fills a group with the next messages. addressed is the decision about the first, and then
 * about the others: a further one would cost stack.
 */
static void fill_group(const struct batch *batch, struct uh_addressed *addressed,
		       struct group *group)
{
	group->count = 0;
	while (add_to_group(batch, addressed, group) &&
	       batch->sent + group->count < batch->count &&
	       decide(batch, batch->sent + group->count, addressed) &&
	       (addressed->way == UH_DATAGRAM || addressed->way == UH_AS_IT_IS))
		;
}

/* Sends a group. Returns how many were sent, or -1 with errno. */
static int send_group(const struct batch *batch, struct group *group)
{
	const struct uh_datagram *last = &group->datagram[group->count - 1];
	unsigned count = group->count - (last->error != 0);

	if (count)
		return uh_libc_sendmmsg()(batch->fd, group->message, count, batch->flags);
	errno = last->error;
	return -1;
}

/* Reports the messages that were sent, or the first if it failed, and notes their sizes. */
static bool note_group(struct batch *batch, const struct group *group, int sent)
{
	for (int i = 0; i < (sent > 0 ? sent : 1); i++) {
		struct mmsghdr *message = &batch->messages[batch->sent];
		struct uh_endpoint asked;

		if (uh_parse_destination(batch->fd, message->msg_hdr.msg_name,
					 uh_name_length(&message->msg_hdr), &asked))
			uh_note_datagram(group->routes, batch->fd, &asked, &group->datagram[i],
					 sent);
		if (sent < 0 ||
		    !uh_write_word(batch->fd, &message->msg_len, group->message[i].msg_len))
			return false;
		uh_fds_passed(&message->msg_hdr);
		batch->sent++;
	}
	return true;
}

/* Sends the next datagrams as decided. False if nothing may be sent after them. */
__attribute__((noinline)) static bool send_datagrams(struct batch *batch,
						     struct uh_addressed *addressed)
{
	struct group group = {.routes = uh_routes_acquire_current()};
	bool good;
	int sent;

	pthread_cleanup_push(uh_routes_cleanup, (void *)group.routes);
	fill_group(batch, addressed, &group);
	sent = send_group(batch, &group);
	good = note_group(batch, &group, sent) && (unsigned)sent == group.count &&
	       is_whole(&batch->messages[batch->sent - 1]);
	pthread_cleanup_pop(0);
	uh_routes_release(group.routes);
	return good && batch->sent < batch->count;
}

/*
 * Sends consecutive messages that stay unchanged by one call. Stops at a message that is not
 * readable. Messages after a failed one are not looked at.
 */
static void send_batch(struct batch *batch)
{
	struct uh_addressed addressed;

	for (unsigned at = 0; at < batch->count; at++) {
		if (!decide(batch, at, &addressed))
			break;
		if (addressed.way == UH_AS_IT_IS)
			continue;
		if (!send_up_to(batch, at) ||
		    !(addressed.way == UH_DATAGRAM ? send_datagrams(batch, &addressed)
						   : send_next(batch, &addressed)))
			return;
		at = batch->sent - 1;
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

	if (count && uh_message_may_be_addressed(fd, (int)flags))
		return send_addressed_batch(fd, messages, count, (int)flags);
	sent = uh_libc_sendmmsg()(fd, messages, count, (int)flags);
	for (int i = 0; i < sent; i++)
		uh_fds_passed(&messages[i].msg_hdr);
	return sent;
}

/* SPDX-License-Identifier: MIT */
/* sendmsg.h: sends one message, for sendmsg(2) and sendmmsg(2). */
#ifndef UH_SENDMSG_H
#define UH_SENDMSG_H

#include "libc/libc.h"
#include "sendto_policy.h"
#include "socket/state/datagram_socket.h"

/* How a message is sent: libc's sendmsg(2), or a function with its contract. */
typedef uh_libc_type_sendmsg uh_send_one;

/*
 * False if messages with these flags go straight to libc from fd, whatever their name. Keeps
 * the messages of a socket that is known to be no UDP socket from being looked at.
 */
static inline bool uh_message_may_be_addressed(int fd, int flags)
{
	return uh_may_be_addressed(flags) || !uh_is_other_socket(fd);
}

/*
 * The length of the message's address. The kernel cuts a longer one (copy_msghdr_from_user() in
 * linux/net/socket.c). Async-signal-safe.
 */
static inline socklen_t uh_name_length(const struct msghdr *message)
{
	const socklen_t most = sizeof(struct sockaddr_storage);

	return (int)message->msg_namelen > (int)most ? most : message->msg_namelen;
}

/* uh_addressed_decide (sendto_policy.h) for a message that is readable. */
void uh_message_decide(int fd, const struct msghdr *message, int flags,
		       struct uh_addressed *addressed);

/*
 * Sends the message as decided. Returns as sendmsg(2). Async-signal-safe as connect() is, which
 * it may call.
 */
ssize_t uh_message_send(int fd, const struct msghdr *message, int flags,
			const struct uh_addressed *addressed, uh_send_one *send);

#endif

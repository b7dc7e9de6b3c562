/* SPDX-License-Identifier: MIT */
/*
 * recvmmsg.c: recvmmsg(2), to record which descriptors came from other processes, and because
 * datagrams from a target bear the address that the program asked for (asked_addresses.h).
 */
#include <sys/uio.h>

#include "export.h"
#include "libc/libc.h"
#include "passed_fds.h"
#include "process/user_memory.h"
#include "socket/state/asked_addresses.h"

#ifdef __GLIBC__
typedef int batch_flags;
#else
typedef unsigned batch_flags;
#endif

/* The size of a buffer, in a byte: an address is never longer than sizeof(sockaddr_storage). */
static unsigned char room_of(const struct mmsghdr *message)
{
	const socklen_t most = sizeof(struct sockaddr_storage);

	return (unsigned char)(message->msg_hdr.msg_namelen < most
				   ? message->msg_hdr.msg_namelen
				   : most);
}

/*
 * recvmmsg(2) on a socket that may send datagrams by routes. The kernel overwrites the
 * sizes of the buffers, so they are read before. It stops at a message that is not readable.
 * The kernel would take any number of messages; UIO_MAXIOV of them are received, as sendmmsg(2)
 * sends them.
 */
__attribute__((noinline)) static int receive_datagrams(int fd, struct mmsghdr *messages,
						       unsigned count, int flags,
						       struct timespec *timeout)
{
	unsigned char room[UIO_MAXIOV];
	unsigned most = count < UIO_MAXIOV ? count : UIO_MAXIOV, readable = 0;
	struct uh_asked asked;
	int received;

	for (; readable < most && uh_is_readable(fd, &messages[readable], sizeof(*messages));
	     readable++)
		room[readable] = room_of(&messages[readable]);
	received = uh_libc_recvmmsg()(fd, messages, most, flags, timeout);
	if (received > 0 && uh_asked_find(fd, &asked))
		for (int i = 0; i < received && (unsigned)i < readable; i++) {
			struct msghdr *message = &messages[i].msg_hdr;

			if (message->msg_name)
				uh_asked_restore(&asked, message->msg_name, room[i],
						 &message->msg_namelen);
		}
	return received;
}

UH_EXPORT int recvmmsg(int fd, struct mmsghdr *messages, unsigned count, batch_flags flags,
		       struct timespec *timeout)
{
	int received = uh_may_get_asked(fd)
			   ? receive_datagrams(fd, messages, count, (int)flags, timeout)
			   : uh_libc_recvmmsg()(fd, messages, count, (int)flags, timeout);

	for (int i = 0; i < received; i++)
		uh_fds_received(&messages[i].msg_hdr);
	return received;
}

/* SPDX-License-Identifier: MIT */
/*
 * recvmmsg.c: recvmmsg(2) and pidfd_getfd(2), to record which descriptors came from other
 * processes.
 *
 * A descriptor number that was used here may return with a socket of another process. That
 * socket has options that were never set here.
 */
#include "recvmmsg.h"

#include <string.h>

#include "socket/replace/epoll_set_search.h"
#include "export.h"
#include "libc/libc.h"
#include "socket/state/fd_hints.h"
#include "socket/state/records.h"
#include "socket/replace/temporary_fds.h"

/* The descriptor may be a copy of a socket that was connected by a route here. */
static void note_one(int fd)
{
	uh_fd_used(fd);
	uh_fd_add_hint(fd, UH_HINT_COPIED); /* another descriptor may have the same socket */
	uh_temporary_taken(fd);
	if (uh_records_any()) {
		uh_fd_add_hint(fd, UH_HINT_ROUTED);
		uh_record_copied(fd);
	}
	uh_epoll_sets_doubt();
}

static void note_passed(const struct cmsghdr *header)
{
	size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);

	for (size_t i = 0; i < count; i++) {
		int fd;

		memcpy(&fd, CMSG_DATA(header) + i * sizeof(fd), sizeof(fd));
		note_one(fd);
	}
}

void uh_fd_received(const struct msghdr *message)
{
	struct cmsghdr *header = message->msg_control ? CMSG_FIRSTHDR(message) : NULL;

	for (; header; header = CMSG_NXTHDR((struct msghdr *)message, header))
		if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
			note_passed(header);
}

#ifdef __GLIBC__
typedef int batch_flags;
#else
typedef unsigned batch_flags;
#endif

UH_EXPORT int recvmmsg(int fd, struct mmsghdr *messages, unsigned count, batch_flags flags,
		       struct timespec *timeout)
{
	int received = uh_libc_recvmmsg()(fd, messages, count, (int)flags, timeout);

	for (int i = 0; i < received; i++)
		uh_fd_received(&messages[i].msg_hdr);
	return received;
}

/* glibc has this function since 2.36; older headers do not declare it. */
int pidfd_getfd(int process, int target, unsigned flags);

UH_EXPORT int pidfd_getfd(int process, int target, unsigned flags)
{
	int fd = uh_libc_pidfd_getfd()(process, target, flags);

	if (fd >= 0)
		note_one(fd);
	return fd;
}

/* SPDX-License-Identifier: MIT */
/*
 * passed_fds.c: descriptors that processes pass to each other.
 *
 * A descriptor number that was used here may return with a socket of another process. That
 * socket has options that were never set here.
 */
#include "passed_fds.h"

#include <string.h>

#include "socket/replace/epoll_set_search.h"
#include "socket/replace/temporary_fds.h"
#include "socket/state/asked_addresses.h"
#include "socket/state/datagram_socket.h"
#include "socket/state/fd_hints.h"
#include "socket/state/records.h"

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

void uh_fds_passed(const struct msghdr *message)
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

/* The descriptor may be a copy of a socket that was connected by a route here. */
void uh_fd_received(int fd)
{
	uh_fd_used(fd);
	uh_fd_add_hint(fd, UH_HINT_COPIED); /* another descriptor may have the same socket */
	uh_temporary_number_reused(fd);
	uh_datagram_socket_forget(fd);
	if (uh_may_have_asked(fd))
		uh_asked_copied(fd);
	if (uh_records_any()) {
		uh_fd_add_hint(fd, UH_HINT_ROUTED);
		uh_record_copied(fd);
	}
	uh_epoll_sets_expect_more();
}

static void note_received(const struct cmsghdr *header)
{
	size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);

	for (size_t i = 0; i < count; i++) {
		int fd;

		memcpy(&fd, CMSG_DATA(header) + i * sizeof(fd), sizeof(fd));
		uh_fd_received(fd);
	}
}

void uh_fds_received(const struct msghdr *message)
{
	struct cmsghdr *header = message->msg_control ? CMSG_FIRSTHDR(message) : NULL;

	for (; header; header = CMSG_NXTHDR((struct msghdr *)message, header))
		if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
			note_received(header);
}

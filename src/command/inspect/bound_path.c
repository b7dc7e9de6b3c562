/* SPDX-License-Identifier: MIT */
/* bound_path.c: asks the kernel which file a Unix listener was bound to: sock_diag(7). */
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "listeners.h"

struct question {
	struct nlmsghdr head;
	struct unix_diag_req request;
};

/* One answer of the kernel: a header, a message, and attributes. */
union answer {
	struct nlmsghdr head;
	char bytes[1024];
};

static bool query_kernel(unsigned long inode, union answer *answer)
{
	const struct question question = {
	    .head = {.nlmsg_len = sizeof(question),
		     .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		     .nlmsg_flags = NLM_F_REQUEST},
	    .request = {.sdiag_family = AF_UNIX,
			.udiag_states = ~0U,
			.udiag_ino = (__u32)inode,
			.udiag_show = UDIAG_SHOW_VFS,
			.udiag_cookie = {~0U, ~0U}},
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	ssize_t length = -1;

	if (fd < 0)
		return false;
	/* The kernel has answered when send() returns. */
	if (send(fd, &question, sizeof(question), 0) == (ssize_t)sizeof(question))
		length = recv(fd, answer, sizeof(*answer), MSG_DONTWAIT);
	close(fd);
	return length > 0 && NLMSG_OK(&answer->head, (size_t)length) &&
	       answer->head.nlmsg_type == SOCK_DIAG_BY_FAMILY;
}

bool uh_listener_is_bound(const struct uh_listener *listener)
{
	char path[UH_PATH_MAX + 1];
	union answer answer;
	struct stat status;

	snprintf(path, sizeof(path), "%.*s", listener->at.path_length, listener->at.path);
	if (stat(path, &status) != 0 || !query_kernel(listener->inode, &answer))
		return false;
	struct rtattr *attribute =
	    (struct rtattr *)(answer.bytes + NLMSG_LENGTH(sizeof(struct unix_diag_msg)));
	size_t left = answer.head.nlmsg_len - NLMSG_LENGTH(sizeof(struct unix_diag_msg));

	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
		const struct unix_diag_vfs *file = RTA_DATA(attribute);

		/* The kernel's device numbers have 20 bits for the minor number. */
		if (attribute->rta_type == UNIX_DIAG_VFS &&
		    RTA_PAYLOAD(attribute) >= sizeof(*file))
			return file->udiag_vfs_ino == (__u32)status.st_ino &&
			       makedev(file->udiag_vfs_dev >> 20,
				       file->udiag_vfs_dev & 0xfffff) == status.st_dev;
	}
	return false;
}

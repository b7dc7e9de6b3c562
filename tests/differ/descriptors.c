/* SPDX-License-Identifier: MIT */
/* descriptors.c: numbers are made, copied, passed and closed. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "differ.h"

static int64_t into(int slot, int fd)
{
	if (fd >= 0)
		slots[slot] = fd;
	return fd;
}

int64_t do_socket(struct call *call)
{
	return into(call->slot, socket((int)call->a->value, (int)call->b->value, 0));
}

int64_t do_open(struct call *call)
{
	return into(call->slot, memfd_create("differ", 0));
}

int64_t do_dup(struct call *call)
{
	int to = (int)call->a->value;

	switch (call->b->value) {
	case 0:
		return into(to, dup(call->fd));
	case 1:
		return into(to, (int)syscall(SYS_dup, call->fd));
	case 2:
		return into(to, fcntl(call->fd, F_DUPFD, 20));
	}
	return into(to, fcntl(call->fd, F_DUPFD_CLOEXEC, 3));
}

int64_t do_dup_over(struct call *call)
{
	int over = slots[call->a->value];

	if (call->b->value == 0)
		return dup2(call->fd, over);
	if (call->b->value == 1)
		return dup3(call->fd, over, O_CLOEXEC);
	return syscall(SYS_dup3, call->fd, over, 0);
}

/* The slot keeps the number, which something else may be given. */
int64_t do_close(struct call *call)
{
	if (call->a->value == 0)
		return close(call->fd);
	if (call->a->value == 1 || call->fd < 0)
		return syscall(SYS_close, call->fd);
	return close_range((unsigned)call->fd, (unsigned)call->fd, 0);
}

int64_t do_fork(struct call *call)
{
	(void)call;
	return actor_fork();
}

int64_t do_end_child(struct call *call)
{
	(void)call;
	return actor_end();
}

union control {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr header;
};

int64_t do_pass(struct call *call)
{
	char byte = 0;
	struct iovec part = {&byte, 1};
	union control control = {.header = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = CMSG_LEN(sizeof(int))};

	memcpy(CMSG_DATA(&control.header), &call->fd, sizeof(int));
	return sendmsg(FD_RIGHTS, &message, MSG_DONTWAIT);
}

int64_t do_receive_passed(struct call *call)
{
	char byte;
	struct iovec part = {&byte, 1};
	union control control;
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	int64_t got = recvmsg(FD_RIGHTS + 1, &message, MSG_DONTWAIT);
	int fd;

	if (got < 0 || message.msg_controllen < CMSG_LEN(sizeof(int)))
		return got;
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return into(call->slot, fd);
}

/* Ids differ on the two sides: this process, another one, and the process group. */
int owner_name(int owner)
{
	enum { NO_LESS = 300, SELF = -3, ANOTHER = -5, GROUP = -4 };

	if (owner == getpid())
		return SELF;
	return owner == -getpgrp() ? GROUP : owner >= NO_LESS ? ANOTHER : owner;
}

int64_t do_fcntl(struct call *call)
{
	int command = (int)call->a->value, value = (int)call->b->value;
	int64_t result;

	if (value == -2)
		value = command == F_SETOWN ? getpid() : 0;
	if (command == F_SETSIG)
		value = 0;
	if (command == F_SETFL) /* O_ACCMODE and the like are never changed */
		value &= O_NONBLOCK | O_ASYNC;
	result = fcntl(call->fd, command, value);
	return command == F_GETOWN ? owner_name((int)result) : result;
}

int64_t do_stat(struct call *call)
{
	struct stat status;
	int64_t result = fstat(call->fd, &status);

	if (result == 0)
		put(call->out, &status.st_mode, sizeof(status.st_mode));
	return result;
}

/* SPDX-License-Identifier: MIT */
/* transfer.c: data go and come, ends are shut, readiness is asked for; and the server's part in
 * all that. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "differ.h"

enum { MOST = 1024, EVENTS = 8 };

static char pattern[MOST] = "0123456789abcdefghijklmnopqrstuvwxyz";

/*
 * A call that would wait is left out: nobody ends the wait. Asked of the kernel, past the
 * object. poll(2) says that a Unix socket is readable which has an urgent byte alone.
 */
static bool would_wait(int fd, short what)
{
	struct pollfd wait = {.fd = fd, .events = what | POLLPRI};
	char byte;
	bool waits;

	if (syscall(SYS_fcntl, fd, F_GETFL) & O_NONBLOCK || syscall(SYS_poll, &wait, 1, 0) < 0)
		return false;
	waits = (wait.revents & ~POLLPRI) == 0;
	if (what == POLLIN && wait.revents & POLLPRI)
		waits |= syscall(SYS_recvfrom, fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT, NULL,
				 NULL) < 0;
	errno = SENTINEL;
	return waits;
}

int64_t do_write(struct call *call)
{
	struct iovec part = {pattern, (size_t)call->b->value};
	struct mmsghdr message = {.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}};
	int64_t result;

	if (would_wait(call->fd, POLLOUT))
		return WOULD_BLOCK;
	switch (call->a->value) {
	case 0:
		return write(call->fd, pattern, part.iov_len);
	case 1:
		return writev(call->fd, &part, 1);
	case 2:
		return sendmsg(call->fd, &message.msg_hdr, 0);
	}
	result = sendmmsg(call->fd, &message, 1, 0);
	put(call->out, &message.msg_len, sizeof(message.msg_len));
	return result;
}

int64_t do_send(struct call *call)
{
	if (would_wait(call->fd, POLLOUT))
		return WOULD_BLOCK;
	return send(call->fd, pattern, (size_t)call->b->value, (int)call->a->value);
}

int64_t do_send_to(struct call *call)
{
	struct sockaddr_storage address;
	enum address which = (enum address)call->a->value;
	socklen_t length = make_address(
	    which, which == NOBODY4 || which == NOBODY6 ? PORT_NOBODY : PORT, &address);

	if (would_wait(call->fd, POLLOUT) || would_hang(call->fd))
		return WOULD_BLOCK;
	return sendto(call->fd, pattern, (size_t)call->c->value, (int)call->b->value,
		      (struct sockaddr *)&address, length);
}

/* A descriptor or credentials, as Unix sockets take them, or what neither knows. */
int64_t do_send_control(struct call *call)
{
	struct iovec part = {pattern, 1};
	union {
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
		struct cmsghdr header;
	} control = {0};
	struct ucred self = {getpid(), getuid(), getgid()};
	size_t size = call->a->more == SCM_CREDENTIALS ? sizeof(self) : sizeof(int);
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = CMSG_SPACE(size)};

	control.header =
	    (struct cmsghdr){CMSG_LEN(size), (int)call->a->value, (int)call->a->more};
	memcpy(CMSG_DATA(&control.header),
	       call->a->more == SCM_CREDENTIALS ? (void *)&self : &(int){1}, size);
	if (would_wait(call->fd, POLLOUT))
		return WOULD_BLOCK;
	return sendmsg(call->fd, &message, 0);
}

static int64_t data(struct call *call, int64_t result, const char *bytes, size_t size)
{
	unsigned sum = 0;

	for (int64_t i = 0; i < result && (size_t)i < size; i++)
		sum = sum * 31 + (unsigned char)bytes[i];
	put(call->out, &sum, sizeof(sum));
	return result;
}

int64_t do_read(struct call *call)
{
	char bytes[MOST] = {0};
	struct iovec part = {bytes, (size_t)call->b->value};

	if (would_wait(call->fd, POLLIN))
		return WOULD_BLOCK;
	return data(call,
		    call->a->value ? readv(call->fd, &part, 1)
				   : read(call->fd, bytes, part.iov_len),
		    bytes, sizeof(bytes));
}

int64_t do_receive(struct call *call)
{
	char bytes[MOST] = {0};

	return data(
	    call,
	    recv(call->fd, bytes, (size_t)call->b->value, (int)call->a->value | MSG_DONTWAIT),
	    bytes, sizeof(bytes));
}

int64_t do_receive_from(struct call *call)
{
	char bytes[MOST] = {0}, control[128];
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);
	struct iovec part = {bytes, (size_t)call->c->value};
	struct msghdr message = {.msg_name = &address,
				 .msg_namelen = sizeof(address),
				 .msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = call->a->value == 2 ? control : NULL,
				 .msg_controllen = call->a->value == 2 ? sizeof(control) : 0};
	int flags = (int)call->b->value | MSG_DONTWAIT, error;
	int64_t result;

	memset(&address, 0xaa, sizeof(address));
	if (call->a->value == 0) {
		result = recvfrom(call->fd, bytes, part.iov_len, flags,
				  (struct sockaddr *)&address, &length);
		error = errno;
	} else {
		result = recvmsg(call->fd, &message, flags);
		error = errno;
		length = message.msg_namelen;
		put(call->out, &message.msg_flags, sizeof(message.msg_flags));
		put(call->out, &message.msg_controllen, sizeof(message.msg_controllen));
	}
	put(call->out, &length, sizeof(length));
	put_address(call->out, &address, 28);
	errno = error;
	return data(call, result, bytes, sizeof(bytes));
}

int64_t do_shutdown(struct call *call)
{
	return shutdown(call->fd, (int)call->a->value);
}

int64_t do_poll(struct call *call)
{
	struct pollfd wait = {.fd = call->fd, .events = (short)call->a->value};
	int64_t result = poll(&wait, 1, 0);

	put(call->out, &wait.revents, sizeof(wait.revents));
	return result;
}

int64_t do_epoll_create(struct call *call)
{
	int fd = epoll_create1(0);

	if (fd >= 0)
		slots[call->slot] = fd;
	return fd;
}

int64_t do_epoll_ctl(struct call *call)
{
	struct epoll_event event = {.events = (uint32_t)call->c->value,
				    .data.u64 = (uint64_t)call->c->value << 32 |
						(uint32_t)call->a->value};

	return epoll_ctl(call->fd, (int)call->b->value, slots[call->a->value], &event);
}

static int compare(const void *a, const void *b)
{
	const struct epoll_event *one = a, *other = b;

	return one->data.u64 < other->data.u64 ? -1 : one->data.u64 > other->data.u64;
}

/* In which order events come is nobody's business. */
int64_t do_epoll_wait(struct call *call)
{
	struct epoll_event event[EVENTS];
	int64_t count = epoll_wait(call->fd, event, EVENTS, 0);
	int error = errno;

	if (count > 0)
		qsort(event, (size_t)count, sizeof(event[0]), compare);
	for (int64_t i = 0; i < count; i++)
		put(call->out, &event[i], sizeof(event[i]));
	errno = error;
	return count;
}

int64_t do_server(struct call *call)
{
	struct answer answer =
	    server_asks((int)call->a->value, (int)call->b->value, (int)call->c->value);

	if (call->a->value == FILL || call->a->value == START || call->a->value == STOP)
		shared->full = call->a->value == FILL;
	errno = answer.result < 0 ? answer.error : SENTINEL;
	put(call->out, &answer.sum, sizeof(answer.sum));
	return answer.result;
}

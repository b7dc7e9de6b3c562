/* SPDX-License-Identifier: MIT */
/* ways.c: one connection in one of the ways in which programs make them. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "soak.h"

/* Copies are far from the others, so that their numbers fall on those modulo a power of two. */
enum { PATIENCE_MS = 20000, HIGH = 1024 };

enum way { BLOCKING, NONBLOCKING, EPOLL, COPIED_BEFORE, COPIED_AFTER, OPTIONS, WAYS };

/* One connection. copy is another number for fd, or -1. */
struct call {
	int family, fd, copy, set;
	enum way way;
	struct sockaddr_storage asked;
	socklen_t length;
};

static void prepare(struct call *call)
{
	const struct linger reset = {1, 0}; /* no TIME_WAIT: the ports would run out */
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.u32 = 77};
	int one = 1;

	setsockopt(call->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	if (call->way == COPIED_BEFORE)
		call->copy = fcntl(call->fd, F_DUPFD_CLOEXEC, HIGH);
	if (call->way == OPTIONS)
		setsockopt(call->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (call->way != EPOLL)
		return;
	call->set = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_ctl(call->set, EPOLL_CTL_ADD, call->fd, &event) != 0)
		soak_wrong("epoll_ctl: %s", strerror(errno));
}

/* Waits until the descriptor is ready for what is asked, in the way of the program. False when
 * it isn't in time. */
static bool becomes_ready(const struct call *call, short what)
{
	struct pollfd wait = {.fd = call->fd, .events = what};
	struct epoll_event event;

	if (call->way != EPOLL)
		return poll(&wait, 1, PATIENCE_MS) == 1;
	event =
	    (struct epoll_event){.events = what == POLLIN ? EPOLLIN : EPOLLOUT, .data.u32 = 78};
	if (epoll_ctl(call->set, EPOLL_CTL_MOD, call->fd, &event) != 0)
		soak_wrong("epoll_ctl: %s", strerror(errno));
	return epoll_wait(call->set, &event, 1, PATIENCE_MS) == 1 && event.data.u32 == 78;
}

/* 0, or the error that the connection ended with. */
static int try_connect(const struct call *call)
{
	int error = 0;
	socklen_t size = sizeof(error);

	if (connect(call->fd, (const struct sockaddr *)&call->asked, call->length) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return errno;
	if (!becomes_ready(call, POLLOUT))
		soak_wrong("connect: no end after %d ms", PATIENCE_MS);
	getsockopt(call->fd, SOL_SOCKET, SO_ERROR, &error, &size);
	return error;
}

/* A server that has just died leaves a connection without its peer: no name to compare. */
static void check_names(const struct call *call, int fd)
{
	struct sockaddr_storage name;
	socklen_t length = sizeof(name);
	int value = 0;
	socklen_t size = sizeof(value);

	if (getpeername(fd, (struct sockaddr *)&name, &length) != 0) {
		if (errno != ENOTCONN)
			soak_wrong("getpeername: %s", strerror(errno));
		return;
	}
	if (length != call->length || memcmp(&name, &call->asked, length) != 0)
		soak_wrong("getpeername: not what was asked for");
	length = sizeof(name);
	if (getsockname(fd, (struct sockaddr *)&name, &length) != 0 ||
	    name.ss_family != call->family)
		soak_wrong("getsockname: not of the program's family");
	if (call->way == OPTIONS &&
	    (getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &size) != 0 || value != 1))
		soak_wrong("TCP_NODELAY is %d after it was set", value);
}

/*
 * A server that is killed in the middle of a handshake can leave a connection that the kernel
 * knows no other end of: nobody answers, and only who sends is told.
 */
static bool has_no_peer(int fd)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	char byte;

	return send(fd, "?", 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1 &&
	       poll(&wait, 1, PATIENCE_MS) == 1 &&
	       recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == ECONNRESET;
}

static enum soak_name read_name(const struct call *call, int fd)
{
	char text[16] = "";
	ssize_t got;

	while ((got = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT)) < 0 && errno == EAGAIN) {
		if (becomes_ready(call, POLLIN))
			continue;
		if (!has_no_peer(fd))
			soak_wrong("recv: no answer after %d ms", PATIENCE_MS);
		return SOAK_LOST;
	}
	if (got == 0 || (got < 0 && (errno == ECONNRESET || errno == EPIPE)))
		return SOAK_LOST;
	if (got < 0) {
		soak_wrong("recv: %s", strerror(errno));
		return SOAK_LOST;
	}
	return (enum soak_name)strtol(text, NULL, 10);
}

static enum soak_name talk(struct call *call)
{
	int fd = call->copy >= 0 ? call->copy : call->fd, error = try_connect(call);

	if (error == ECONNREFUSED)
		return SOAK_REFUSED;
	if (error == ECONNRESET)
		return SOAK_LOST;
	if (error) {
		soak_wrong("connect: %s", strerror(error));
		return SOAK_LOST;
	}
	if (call->way == COPIED_AFTER) {
		call->copy = fcntl(call->fd, F_DUPFD_CLOEXEC, HIGH);
		close(call->fd);
		fd = call->fd = call->copy;
		call->copy = -1;
	}
	check_names(call, fd);
	return read_name(call, fd);
}

static enum soak_name ask_datagram(struct call *call)
{
	call->way = NONBLOCKING;
	if (connect(call->fd, (struct sockaddr *)&call->asked, call->length) != 0 ||
	    send(call->fd, "?", 1, 0) != 1)
		soak_wrong("datagram: %s", strerror(errno));
	check_names(call, call->fd);
	return read_name(call, call->fd);
}

enum soak_name soak_connect(unsigned random, enum soak_port *port)
{
	struct call call = {.family = random & 1 ? AF_INET6 : AF_INET,
			    .copy = -1,
			    .set = -1,
			    .way = random / 2 % WAYS};
	bool waits = call.way != NONBLOCKING && call.way != EPOLL && (random / 1024 & 1);
	enum soak_name name;
	int type = SOCK_STREAM;

	*port =
	    (enum soak_port)(SOAK_TO_PATH + random / 16384 % (SOAK_PORTS_END - SOAK_TO_PATH));
	if (*port == SOAK_TO_DATAGRAM) {
		type = SOCK_DGRAM;
		waits = false;
	}
	call.length = soak_public(&call.asked, call.family, (uint16_t)*port);
	call.fd = socket(call.family, type | SOCK_CLOEXEC | (waits ? 0 : SOCK_NONBLOCK), 0);
	if (call.fd < 0) {
		soak_wrong("socket: %s", strerror(errno));
		return SOAK_LOST;
	}
	if (type == SOCK_STREAM)
		prepare(&call);
	name = type == SOCK_STREAM ? talk(&call) : ask_datagram(&call);
	close(call.fd);
	if (call.copy >= 0)
		close(call.copy);
	if (call.set >= 0)
		close(call.set);
	return name;
}

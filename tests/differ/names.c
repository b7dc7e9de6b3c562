/* SPDX-License-Identifier: MIT */
/* names.c: addresses: connect, bind, listen, accept, the two names. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "differ.h"

static const struct {
	int family;
	const char *text;
} addresses[] = {
    [PUBLIC4] = {AF_INET, "203.0.113.1"},
    [PUBLIC6] = {AF_INET6, "2001:db8::1"},
    [MAPPED] = {AF_INET6, "::ffff:203.0.113.1"},
    [NOBODY4] = {AF_INET, "203.0.113.1"},
    [NOBODY6] = {AF_INET6, "2001:db8::1"},
    [ANY4] = {AF_INET, "0.0.0.0"},
    [ANY6] = {AF_INET6, "::"},
    [OWN4] = {AF_INET, "203.0.113.1"},
    [OWN6] = {AF_INET6, "2001:db8::1"},
    [OF_LOOPBACK] = {AF_INET, "127.0.0.1"},
    [UNSPECIFIED] = {AF_UNSPEC, NULL},
    [UNKNOWN] = {AF_APPLETALK, NULL},
    [MULTICAST] = {AF_INET, "224.0.0.1"},
    [BROADCAST] = {AF_INET, "255.255.255.255"},
};

socklen_t make_address(enum address which, uint16_t port, struct sockaddr_storage *address)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

	memset(address, 0, sizeof(*address));
	address->ss_family = (sa_family_t)addresses[which].family;
	if (addresses[which].family == AF_INET) {
		inet_pton(AF_INET, addresses[which].text, &in.sin_addr);
		memcpy(address, &in, sizeof(in));
	} else if (addresses[which].family == AF_INET6) {
		inet_pton(AF_INET6, addresses[which].text, &in6.sin6_addr);
		memcpy(address, &in6, sizeof(in6));
		return sizeof(in6);
	}
	return sizeof(in);
}

/* The port lies in the same bytes for both families. */
void put_address(struct record *out, const void *address, socklen_t length)
{
	unsigned char bytes[sizeof(struct sockaddr_storage)];
	sa_family_t family;
	uint16_t port;

	if (length > sizeof(bytes))
		length = sizeof(bytes);
	memcpy(bytes, address, length);
	memcpy(&family, bytes, sizeof(family));
	memcpy(&port, bytes + 2, sizeof(port));
	port = ntohs(port);
	if (length > 2 && (family == AF_INET || family == AF_INET6) && port >= 20000) {
		bytes[2] = port == shared->port ? 'b' : 'e';
		if (length > 3)
			bytes[3] = 0;
	}
	put(out, bytes, length < 40 ? length : 40);
}

static struct {
	int fd, way;
	const struct sockaddr *address;
	socklen_t length;
	int64_t result;
	int error;
} volatile pending;

static void connect_pending(int number)
{
	(void)number;
	errno = SENTINEL;
	pending.result = connect(pending.fd, pending.address, pending.length);
	pending.error = errno;
}

static int64_t connect_in_handler(void)
{
	struct sigaction action = {.sa_handler = connect_pending}, before;

	sigaction(SIGUSR2, &action, &before);
	raise(SIGUSR2);
	sigaction(SIGUSR2, &before, NULL);
	errno = pending.error;
	return pending.result;
}

static int64_t connect_in_vfork_child(void)
{
	pid_t child = vfork();

	if (child == 0) {
		connect_pending(0);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	errno = pending.error;
	return pending.result;
}

/* A connection that no full backlog takes takes minutes to fail. */
bool would_hang(int fd)
{
	bool hangs = shared->full && (syscall(SYS_fcntl, fd, F_GETFL) & O_NONBLOCK) == 0;

	errno = SENTINEL;
	return hangs;
}

/*
 * An IPv6 socket that once asked for a mapped address waits for ever for an IPv6 one, also
 * after AF_UNSPEC (tcp_v6_connect() leaves it with the operations of IPv4).
 */
static bool waits_for_ever(int fd, enum address which)
{
	static bool mapped, dissolved;
	bool blocks;

	mapped |= which == MAPPED;
	dissolved |= which == UNSPECIFIED;
	if (!mapped || !dissolved || (which != PUBLIC6 && which != NOBODY6))
		return false;
	blocks = (syscall(SYS_fcntl, fd, F_GETFL) & O_NONBLOCK) == 0;
	errno = SENTINEL;
	return blocks;
}

int64_t do_connect(struct call *call)
{
	enum address which = (enum address)call->a->value;
	struct sockaddr_storage address;
	socklen_t length = make_address(
	    which, which == NOBODY4 || which == NOBODY6 ? PORT_NOBODY : PORT, &address);

	if (would_hang(call->fd) || waits_for_ever(call->fd, which))
		return WOULD_BLOCK;
	pending.fd = call->fd;
	pending.address = (struct sockaddr *)&address;
	pending.length = length;
	switch (call->b->value) {
	case 1:
		return connect_in_handler();
	case 2:
		return connect_in_vfork_child();
	case 3:
		length -= 9;
		break;
	case 4:
		return connect(call->fd, NULL, length);
	}
	return connect(call->fd, (struct sockaddr *)&address, length);
}

int64_t do_bind(struct call *call)
{
	struct sockaddr_storage address;
	socklen_t length = make_address((enum address)call->a->value,
					call->b->value ? shared->port : 0, &address);

	return bind(call->fd, (struct sockaddr *)&address, length);
}

int64_t do_names(struct call *call)
{
	struct sockaddr_storage address;
	socklen_t length = (socklen_t)call->b->value, given = length;
	int64_t result;
	int error;

	memset(&address, 0xaa, sizeof(address));
	result =
	    call->a->value == 1
		? getsockname(call->fd, (struct sockaddr *)&address, &length)
		: getpeername(call->fd, call->a->value ? NULL : (struct sockaddr *)&address,
			      &length);
	error = errno;
	if (error != EFAULT) /* whether the length was written before depends on the kernel */
		put(call->out, &length, sizeof(length));
	put_address(call->out, &address, given < sizeof(address) ? given : 0);
	errno = error;
	return result;
}

int64_t do_listen(struct call *call)
{
	return listen(call->fd, 4);
}

int64_t do_accept(struct call *call)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);
	struct pollfd wait = {.fd = call->fd, .events = POLLIN};
	socklen_t size = sizeof(int);
	int fd, listens = 0;

	syscall(SYS_getsockopt, call->fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size);
	if (listens && syscall(SYS_poll, &wait, 1, 0) == 0)
		return WOULD_BLOCK;
	errno = SENTINEL;
	fd = accept4(call->fd, (struct sockaddr *)&address, &length, SOCK_NONBLOCK);
	if (fd >= 0) {
		slots[call->a->value] = fd;
		put_address(call->out, &address, length);
	}
	return fd;
}

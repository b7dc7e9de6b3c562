/* SPDX-License-Identifier: MIT */
/*
 * options_before_connect.c: socket options, flags and owners set before connect hold after it.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

#include "harness.h"

/* The bytes of an option before and after connect are the same. */
static void holds(int option, const void *value, socklen_t size, const char *name)
{
	unsigned char before[16] = {0}, after[16] = {0};
	socklen_t length = sizeof(before);
	int fd = uh_socket(0);

	if (setsockopt(fd, SOL_SOCKET, option, value, size) < 0)
		uh_fail(__FILE__, __LINE__, "setsockopt", name);
	SAME(getsockopt(fd, SOL_SOCKET, option, before, &length), 0);
	uh_connect(fd);
	length = sizeof(after);
	SAME(getsockopt(fd, SOL_SOCKET, option, after, &length), 0);
	if (memcmp(before, after, sizeof(before)))
		uh_fail(__FILE__, __LINE__, "the option holds", name);
	uh_talk(fd);
	close(fd);
}

#define HOLDS(option, type, ...)                                                               \
	do {                                                                                   \
		type value = __VA_ARGS__;                                                      \
		holds(option, &value, sizeof(value), #option);                                 \
	} while (0)

static void timeouts(void)
{
	HOLDS(SO_RCVTIMEO, struct timeval, {3, 500000});
	HOLDS(SO_SNDTIMEO, struct timeval, {4, 250000});
}

static void sizes(void)
{
	HOLDS(SO_SNDBUF, int, 50000);
	HOLDS(SO_RCVBUF, int, 60000);
	HOLDS(SO_RCVLOWAT, int, 2);
}

static void switches(void)
{
	HOLDS(SO_LINGER, struct linger, {1, 7});
	HOLDS(SO_KEEPALIVE, int, 1);
	HOLDS(SO_OOBINLINE, int, 1);
	HOLDS(SO_REUSEADDR, int, 1);
	HOLDS(SO_REUSEPORT, int, 1);
	HOLDS(SO_DONTROUTE, int, 1);
	HOLDS(SO_BROADCAST, int, 1);
	HOLDS(SO_TIMESTAMP, int, 1);
	HOLDS(SO_PRIORITY, int, 5);
}

static void mark(void)
{
	HOLDS(SO_MARK, int, 42);
}

static void status_flags(void)
{
	int fd = uh_socket(0);

	SAME(fcntl(fd, F_GETFL) & (O_NONBLOCK | O_ASYNC), 0);
	SAME(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK), 0);
	uh_connect(fd);
	SAME(fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDWR | O_NONBLOCK);
	SAME(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK), 0);
	SAME(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	uh_talk(fd);
}

static void blocking_stays_blocking(void)
{
	int fd = uh_connected();

	SAME(fcntl(fd, F_GETFL), O_RDWR);
}

static void nonblocking_by_ioctl(void)
{
	int fd = uh_socket(0), on = 1, off = 0;

	SAME(ioctl(fd, FIONBIO, &on), 0);
	uh_connect(fd);
	CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);
	SAME(ioctl(fd, FIONBIO, &off), 0);
	CHECK(!(fcntl(fd, F_GETFL) & O_NONBLOCK));
	uh_talk(fd);
}

static void close_on_exec(void)
{
	int by_socket = uh_socket(SOCK_CLOEXEC), by_fcntl = uh_socket(0),
	    by_ioctl = uh_socket(0);
	int unset = uh_socket(0), taken_back = uh_socket(SOCK_CLOEXEC);

	SAME(ioctl(taken_back, FIONCLEX), 0); /* Python's set_inheritable(True) */
	SAME(fcntl(by_fcntl, F_SETFD, FD_CLOEXEC), 0);
	SAME(ioctl(by_ioctl, FIOCLEX), 0);
	uh_connect(by_socket);
	uh_connect(by_fcntl);
	uh_connect(by_ioctl);
	uh_connect(unset);
	uh_connect(taken_back);
	SAME(fcntl(by_socket, F_GETFD), FD_CLOEXEC);
	SAME(fcntl(by_fcntl, F_GETFD), FD_CLOEXEC);
	SAME(fcntl(by_ioctl, F_GETFD), FD_CLOEXEC);
	SAME(fcntl(unset, F_GETFD), 0);
	SAME(fcntl(taken_back, F_GETFD), 0);
}

/* The flag belongs to the number: a copy keeps its own. */
static void close_on_exec_of_copies(void)
{
	int fd = uh_socket(SOCK_CLOEXEC), plain = dup(fd);
	int marked = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	uh_connect(fd);
	SAME(fcntl(fd, F_GETFD), FD_CLOEXEC);
	SAME(fcntl(plain, F_GETFD), 0);
	SAME(fcntl(marked, F_GETFD), FD_CLOEXEC);
}

/* The owner must also be told: SIGIO-driven programs wait for that signal. */
static void owner_and_signal(void)
{
	const struct timespec patience = {10, 0};
	int fd = uh_socket(0), number = SIGRTMIN + 3;
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, number);
	sigprocmask(SIG_BLOCK, &set, NULL);
	SAME(fcntl(fd, F_SETOWN, getpid()), 0);
	SAME(fcntl(fd, F_SETSIG, number), 0);
	SAME(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC), 0);
	uh_connect(fd);
	SAME(fcntl(fd, F_GETOWN), getpid());
	SAME(fcntl(fd, F_GETSIG), number);
	CHECK(fcntl(fd, F_GETFL) & O_ASYNC);
	uh_talk(fd);
	SAME(sigtimedwait(&set, &info, &patience), number);
	SAME(info.si_fd, fd);
}

static void owner_is_a_thread(void)
{
	struct f_owner_ex owner = {F_OWNER_TID, (pid_t)syscall(SYS_gettid)}, after = {0};
	int fd = uh_socket(0);

	SAME(fcntl(fd, F_SETOWN_EX, &owner), 0);
	uh_connect(fd);
	SAME(fcntl(fd, F_GETOWN_EX, &after), 0);
	SAME(after.type, F_OWNER_TID);
	SAME(after.pid, owner.pid);
}

/* A timeout must work, not only read back. */
static void receive_timeout_works(void)
{
	struct timeval soon = {0, 50000};
	int fd = uh_socket(0);
	char byte;

	SAME(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon)), 0);
	uh_connect(fd);
	FAILS(read(fd, &byte, 1), EAGAIN);
	uh_talk(fd);
}

/* Options that another process, or this one under another number, sets before a socket
 * connects.
 */
static void set_some(int fd)
{
	const struct timeval limit = {.tv_sec = 3};
	const struct linger linger = {1, 7};
	int size = 50000, on = 1, idle = 99;

	SAME(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
	SAME(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
	SAME(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), 0);
	SAME(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)), 0);
	SAME(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)), 0);
	SAME(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), 0);
	SAME(setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle)), 0);
	SAME(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4), 0);
	idle = 0x20;
	if (uh_family == AF_INET)
		SAME(setsockopt(fd, IPPROTO_IP, IP_TOS, &idle, sizeof(idle)), 0);
	else
		SAME(setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &idle, sizeof(idle)), 0);
}

static int int_option(int fd, int level, int option)
{
	int value = -1;
	socklen_t size = sizeof(value);

	SAME(getsockopt(fd, level, option, &value, &size), 0);
	return value;
}

static void has_some(int fd)
{
	struct timeval limit = {0};
	struct linger linger = {0};
	char name[16] = "";
	socklen_t size = sizeof(limit);

	SAME(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, &size), 0);
	SAME(limit.tv_sec, 3);
	size = sizeof(linger);
	SAME(getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &size), 0);
	SAME(linger.l_linger, 7);
	size = sizeof(name);
	SAME(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &size), 0);
	TEXT(name, "reno");
	SAME(int_option(fd, SOL_SOCKET, SO_SNDBUF), 100000);
	SAME(int_option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
	SAME(int_option(fd, SOL_SOCKET, SO_REUSEPORT), 1);
	CHECK(int_option(fd, IPPROTO_TCP, TCP_NODELAY) != 0);
	SAME(int_option(fd, IPPROTO_TCP, TCP_KEEPIDLE), 99);
	if (uh_family == AF_INET)
		SAME(int_option(fd, IPPROTO_IP, IP_TOS), 0x20);
	else
		SAME(int_option(fd, IPPROTO_IPV6, IPV6_TCLASS), 0x20);
	uh_talk(fd);
}

static void set_under_another_number(void)
{
	int fd = uh_socket(0), copy = dup(fd);

	set_some(copy);
	uh_connect(fd);
	has_some(fd);
	has_some(copy);
}

static void set_by_a_child(void)
{
	int fd = uh_socket(0);

	uh_in_child(set_some, fd);
	uh_connect(fd);
	has_some(fd);
}

/* As a program does that executed this one, too: nobody has seen the calls. */
static void set_past_libc(void)
{
	int fd = (int)syscall(SYS_socket, uh_family, SOCK_STREAM, 0), on = 1;

	SAME(syscall(SYS_setsockopt, fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof(on)), 0);
	SAME(syscall(SYS_setsockopt, fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), 0);
	uh_connect(fd);
	SAME(int_option(fd, SOL_SOCKET, SO_OOBINLINE), 1);
	CHECK(int_option(fd, IPPROTO_TCP, TCP_NODELAY) != 0);
	uh_talk(fd);
}

/* An option that nobody has set stays the connection's own. */
static void set_by_nobody(void)
{
	int fd = uh_socket(0), copy = dup(fd), other = uh_connected();

	uh_connect(fd);
	SAME(int_option(fd, SOL_SOCKET, SO_SNDBUF), int_option(other, SOL_SOCKET, SO_SNDBUF));
	SAME(int_option(fd, SOL_SOCKET, SO_RCVBUF), int_option(other, SOL_SOCKET, SO_RCVBUF));
	SAME(int_option(copy, IPPROTO_TCP, TCP_NODELAY), 0);
	uh_talk(copy);
}

static void send_to(int channel, int fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr header;
	} control;
	struct iovec part = {"x", 1};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};

	control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)),
					  .cmsg_level = SOL_SOCKET,
					  .cmsg_type = SCM_RIGHTS};
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	SAME(sendmsg(channel, &message, 0), 1);
}

static int receive_from(int channel)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr header;
	} control;
	char byte;
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	int fd;

	SAME(recvmsg(channel, &message, 0), 1);
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

static void makes_and_sends(int channel)
{
	int fd = uh_socket(0);

	set_some(fd);
	send_to(channel, fd);
}

static void set_before_it_came(void)
{
	int ends[2], fd;

	SAME(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	uh_in_child(makes_and_sends, ends[0]);
	fd = receive_from(ends[1]);
	uh_connect(fd);
	has_some(fd);
}

static const struct uh_test tests[] = {
    {"SO_RCVTIMEO, SO_SNDTIMEO", timeouts, UH_EVERY, 0, 0},
    {"SO_SNDBUF, SO_RCVBUF, SO_RCVLOWAT", sizes, UH_EVERY, 0, 0},
    {"SO_LINGER, SO_KEEPALIVE and other switches", switches, UH_EVERY, 0, 0},
    {"SO_MARK", mark, UH_EVERY, 0, 0},
    {"O_NONBLOCK by fcntl", status_flags, UH_EVERY, 0, 0},
    {"a blocking socket stays blocking", blocking_stays_blocking, UH_EVERY, 0, 0},
    {"O_NONBLOCK by FIONBIO", nonblocking_by_ioctl, UH_EVERY, 0, 0},
    {"FD_CLOEXEC", close_on_exec, UH_EVERY, 0, 0},
    {"FD_CLOEXEC of copies", close_on_exec_of_copies, UH_EVERY, 0, 0},
    {"O_ASYNC, F_SETOWN, F_SETSIG", owner_and_signal, UH_EVERY, 0, 0},
    {"F_SETOWN_EX", owner_is_a_thread, UH_EVERY, 0, 0},
    {"options set under another number", set_under_another_number, UH_EVERY, 0, 0},
    {"options set by a child", set_by_a_child, UH_EVERY, 0, 0},
    {"options set past libc", set_past_libc, UH_EVERY, 0, 0},
    {"options set by who passed the socket", set_before_it_came, UH_EVERY, 0, 0},
    {"options of a socket with a copy, never set", set_by_nobody, UH_EVERY, 0, 0},
    {"SO_RCVTIMEO takes effect", receive_timeout_works, UH_EVERY, 0, 0},
};

UH_SUITE(tests, NULL);

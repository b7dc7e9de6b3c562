/* SPDX-License-Identifier: MIT */
/*
 * epoll_past_us.c: registrations that no call of libc's has told of, that nobody may ask the
 * kernel about, or that another thread changes while the socket is replaced: they are kept, or
 * the program's socket is left alone and goes where it asked to.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "harness.h"

#define PATIENCE 10000 /* ms; a bound, not an expectation */

static int raw_set(void)
{
	int set = (int)syscall(SYS_epoll_create1, EPOLL_CLOEXEC);

	CHECK(set >= 0);
	return set;
}

static int new_set(void)
{
	int set = epoll_create1(EPOLL_CLOEXEC);

	CHECK(set >= 0);
	return set;
}

static int control(int set, int operation, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event event = {.events = events, .data.u64 = data};

	return epoll_ctl(set, operation, fd, &event);
}

static long raw_control(int set, int operation, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event event = {.events = events, .data.u64 = data};

	return syscall(SYS_epoll_ctl, set, operation, fd, &event);
}

static void one_event(int set, uint32_t events, uint64_t data)
{
	struct epoll_event event[2];

	SAME(epoll_wait(set, event, 2, PATIENCE), 1);
	SAME(event[0].events & events, events);
	SAME(event[0].data.u64, data);
}

/* The registration is the kernel's own thing: an answer is an event, and it can be removed. */
static void still_registered(int set, int fd, uint64_t data)
{
	SAME(send(fd, "ping\n", 5, MSG_NOSIGNAL), 5);
	one_event(set, EPOLLIN, data);
	SAME(raw_control(set, EPOLL_CTL_DEL, fd, 0, 0), 0);
}

/* As in a container. */
static void needs_no_filter(void)
{
	if (uh_status("Seccomp") != 0)
		uh_skip("under a seccomp filter the kernel is not asked for sets");
}

static void fill_numbers(int count)
{
	for (int i = 0; i < count; i++)
		CHECK(dup(UH_REPORT) >= 0);
}

/* Non-blocking, as it may be in a set: the sets are looked for. */
static void connect_once(void)
{
	int fd = uh_socket(SOCK_NONBLOCK);

	uh_connect(fd);
	close(fd);
}

static void made_by_raw_system_call(void)
{
	needs_no_filter();
	connect_once();
	for (int i = 0; i < 5; i++) {
		int set = raw_set(), fd = uh_socket(SOCK_NONBLOCK);

		SAME(raw_control(set, EPOLL_CTL_ADD, fd, EPOLLIN, 100), 0);
		uh_connect(fd);
		still_registered(set, fd, 100);
	}
}

/* The set's number is told by epoll_ctl(), and closed when the socket connects. */
static void first_number_closed(void)
{
	int set, copy, fd;

	needs_no_filter();
	connect_once();
	set = raw_set();
	fd = uh_socket(SOCK_NONBLOCK);
	copy = (int)syscall(SYS_dup, set);
	SAME(control(set, EPOLL_CTL_ADD, fd, EPOLLIN, 101), 0);
	close(set);
	uh_connect(fd);
	still_registered(copy, fd, 101);
}

static void send_descriptor(int to, int fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {.header = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
	struct iovec part = {"x", 1};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	SAME(sendmsg(to, &message, 0), 1);
}

static int receive_descriptor(int from)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	char byte;
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	int fd;

	SAME(recvmsg(from, &message, 0), 1);
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

static int channel[2];

/* The registration is under the number that the socket has here too. */
static void registers_and_sends(int fd)
{
	int set = new_set();

	SAME(control(set, EPOLL_CTL_ADD, fd, EPOLLIN, 102), 0);
	send_descriptor(channel[1], set);
}

static void received(int numbers)
{
	int set, fd;

	fill_numbers(numbers);
	connect_once();
	connect_once();
	SAME(socketpair(AF_UNIX, SOCK_STREAM, 0, channel), 0);
	fd = uh_socket(SOCK_NONBLOCK);
	uh_in_child(registers_and_sends, fd);
	set = receive_descriptor(channel[0]);
	uh_connect(fd);
	still_registered(set, fd, 102);
}

static void received_set(void)
{
	received(0);
}

static void received_among_many(void)
{
	received(400);
}

static void confine(void)
{
	SAME(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
}

static void confined_in_three_sets(void)
{
	int set[3], fd = uh_socket(SOCK_NONBLOCK);

	for (int i = 0; i < 3; i++) {
		set[i] = new_set();
		SAME(control(set[i], EPOLL_CTL_ADD, fd, EPOLLIN, (uint64_t)i), 0);
	}
	confine();
	uh_connect(fd);
	for (int i = 1; i < 3; i++) {
		SAME(send(fd, "ping\n", 5, MSG_NOSIGNAL), 5);
		one_event(set[i], EPOLLIN, (uint64_t)i);
		uh_expect(fd, "hit ping\n");
	}
	still_registered(set[0], fd, 0);
}

static void confined_far_number(void)
{
	int set = new_set(), fd = uh_socket(SOCK_NONBLOCK), other = uh_socket(SOCK_NONBLOCK);

	SAME(control(set, EPOLL_CTL_ADD, fd, EPOLLIN, 103), 0);
	SAME(dup2(other, fd + 1024), fd + 1024);
	SAME(control(set, EPOLL_CTL_ADD, fd + 1024, 0, 104), 0);
	SAME(control(set, EPOLL_CTL_DEL, fd + 1024, 0, 0), 0);
	confine();
	uh_connect(fd);
	still_registered(set, fd, 103);
}

static void confined_moved_set(void)
{
	int set = new_set(), fd = uh_socket(SOCK_NONBLOCK), copy;

	SAME(control(set, EPOLL_CTL_ADD, fd, EPOLLIN, 105), 0);
	copy = dup(set);
	close(set);
	confine();
	uh_connect(fd);
	still_registered(copy, fd, 105);
}

/* The registrations are learnt as long as the kernel may be asked. */
static void raw_then_confined(void)
{
	int set = raw_set(), fd = uh_socket(SOCK_NONBLOCK);

	connect_once();
	SAME(raw_control(set, EPOLL_CTL_ADD, fd, EPOLLIN, 106), 0);
	confine();
	uh_connect(fd);
	still_registered(set, fd, 106);
}

/* A note that is older than the descriptor: nothing may be registered that was not. */
static void confined_stale(void)
{
	int set = new_set(), fd = uh_socket(SOCK_NONBLOCK);
	struct epoll_event event;

	SAME(control(set, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLOUT, 107), 0);
	confine();
	close(fd);
	SAME(uh_socket(SOCK_NONBLOCK), fd);
	uh_connect(fd);
	uh_talk(fd);
	SAME(epoll_wait(set, &event, 1, 0), 0);
	FAILS(control(set, EPOLL_CTL_DEL, fd, 0, 0), ENOENT);
}

/* Nobody can tell for what it is registered: it goes where it asked to. */
static void left_alone(int set, int fd, uint64_t data)
{
	uh_connect(fd);
	SAME(send(fd, "ping\n", 5, MSG_NOSIGNAL), 5);
	one_event(set, EPOLLIN, data);
	uh_expect(fd, uh_in(UH_REPLACED | UH_OTHER) ? "decoy ping\n" : "hit ping\n");
}

static void confined_then_raw(void)
{
	int set = new_set(), fd = uh_socket(SOCK_NONBLOCK);

	connect_once();
	confine();
	SAME(raw_control(set, EPOLL_CTL_ADD, fd, EPOLLIN, 108), 0);
	left_alone(set, fd, 108);
	SAME(raw_control(set, EPOLL_CTL_DEL, fd, 0, 0), 0);
	fd = uh_socket(SOCK_NONBLOCK);
	uh_connect(fd);
	uh_talk(fd);
}

/* Whether it has fired only the kernel knows. */
static void confined_one_shot(void)
{
	int set = new_set(), fd = uh_socket(SOCK_NONBLOCK);

	SAME(control(set, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLONESHOT, 109), 0);
	confine();
	left_alone(set, fd, 109);
}

/* A setup: the program finds no /proc, which a sanitizer's runtime can't do without. */
static void hide_proc(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	uh_skip("the sanitizer needs /proc");
#endif
	uh_compile();
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		uh_skip("not permitted to mount");
	while (access("/proc/self", F_OK) == 0) /* one may lie over another */
		if (umount2("/proc", MNT_DETACH) < 0)
			uh_skip("not permitted to unmount /proc");
}

static void without_proc(void)
{
	int first = new_set(), second = new_set(), fd = uh_socket(SOCK_NONBLOCK), copy;

	SAME(access("/proc/self", F_OK), -1);
	SAME(control(first, EPOLL_CTL_ADD, fd, EPOLLIN, 110), 0);
	SAME(control(second, EPOLL_CTL_ADD, fd, EPOLLOUT, 111), 0);
	copy = dup(first);
	close(first);
	uh_connect(fd);
	one_event(second, EPOLLOUT, 111);
	SAME(control(second, EPOLL_CTL_DEL, fd, 0, 0), 0);
	still_registered(copy, fd, 110);
}

static struct {
	int set, fd;
	atomic_bool end;
	atomic_uint failed;
	_Atomic uint64_t last;
} changes;

static void *modifies(void *unused)
{
	for (uint64_t data = 1; !atomic_load(&changes.end); data++) {
		if (control(changes.set, EPOLL_CTL_MOD, changes.fd, EPOLLIN, data) != 0)
			atomic_fetch_add(&changes.failed, 1);
		atomic_store(&changes.last, data);
	}
	return unused;
}

enum { ROUNDS = 40, FEWEST = 50 };

/* The last change holds, and none fails. */
static void modified_meanwhile(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		pthread_t thread;

		changes.fd = uh_socket(SOCK_NONBLOCK);
		changes.set = new_set();
		changes.end = false;
		changes.last = 0;
		SAME(control(changes.set, EPOLL_CTL_ADD, changes.fd, EPOLLIN, 0), 0);
		SAME(pthread_create(&thread, NULL, modifies, NULL), 0);
		while (atomic_load(&changes.last) < FEWEST)
			sched_yield();
		uh_connect(changes.fd);
		atomic_store(&changes.end, true);
		SAME(pthread_join(thread, NULL), 0);
		SAME(changes.failed, 0);
		still_registered(changes.set, changes.fd, changes.last);
		close(changes.fd);
		close(changes.set);
	}
}

/* Adds and removes in turn; neither may fail, as nobody else does. */
static void *adds_and_removes(void *unused)
{
	uint64_t count = 0;

	while (!atomic_load(&changes.end)) {
		if (control(changes.set, EPOLL_CTL_ADD, changes.fd, EPOLLIN, 7) != 0)
			atomic_fetch_add(&changes.failed, 1);
		if (control(changes.set, EPOLL_CTL_DEL, changes.fd, 0, 0) != 0)
			atomic_fetch_add(&changes.failed, 1);
		atomic_store(&changes.last, ++count);
	}
	if (control(changes.set, EPOLL_CTL_ADD, changes.fd, EPOLLIN, 7) != 0)
		atomic_fetch_add(&changes.failed, 1);
	return unused;
}

static void added_meanwhile(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		pthread_t thread;

		changes.fd = uh_socket(SOCK_NONBLOCK);
		changes.set = new_set();
		changes.end = false;
		changes.last = 0;
		SAME(pthread_create(&thread, NULL, adds_and_removes, NULL), 0);
		while (atomic_load(&changes.last) < FEWEST)
			sched_yield();
		uh_connect(changes.fd);
		atomic_store(&changes.end, true);
		SAME(pthread_join(thread, NULL), 0);
		SAME(changes.failed, 0);
		still_registered(changes.set, changes.fd, 7);
		close(changes.fd);
		close(changes.set);
	}
}

/* A thread with descriptors of its own: /proc/self is about another table. */
static void *in_own_table(void *unused)
{
	int fd, copy, set;

	if (syscall(SYS_unshare, CLONE_FILES) < 0)
		uh_skip("not permitted to unshare");
	fd = uh_socket(SOCK_NONBLOCK);
	copy = dup(fd);
	set = raw_set();
	SAME(raw_control(set, EPOLL_CTL_ADD, fd, EPOLLIN, 112), 0);
	SAME(control(set, EPOLL_CTL_ADD, copy, EPOLLOUT, 113), 0);
	uh_connect(fd);
	one_event(set, EPOLLOUT, 113);
	SAME(control(set, EPOLL_CTL_DEL, copy, 0, 0), 0);
	uh_talk(copy);
	still_registered(set, fd, 112);
	return unused;
}

/* Its numbers are above all of the others'. */
static void own_table(void)
{
	pthread_t thread;

	needs_no_filter();
	connect_once();
	SAME(pthread_create(&thread, NULL, in_own_table, NULL), 0);
	SAME(pthread_join(thread, NULL), 0);
}

static const struct uh_test tests[] = {
    {"a set by a raw system call", made_by_raw_system_call, UH_EVERY, 0, 0},
    {"a set whose first number is closed", first_number_closed, UH_EVERY, 0, 0},
    {"a received set", received_set, UH_EVERY, 0, 0},
    {"a received set among many descriptors", received_among_many, UH_EVERY, 0, 0},
    {"confined, three sets", confined_in_three_sets, UH_EVERY, 0, 0},
    {"confined, a number 1024 higher", confined_far_number, UH_EVERY, 0, 0},
    {"confined, a moved set", confined_moved_set, UH_EVERY, 0, 0},
    {"confined, not registered any more", confined_stale, UH_EVERY, 0, 0},
    {"confined, registered by a raw system call before", raw_then_confined, UH_EVERY, 0, 0},
    {"confined, registered by a raw system call after", confined_then_raw, UH_EVERY, 0, 0},
    {"confined, EPOLLONESHOT", confined_one_shot, UH_EVERY, 0, 0},
    {"without /proc", without_proc, UH_EVERY & ~UH_NATIVE, hide_proc, 0},
    {"modified by another thread meanwhile", modified_meanwhile, UH_EVERY, 0, 60},
    {"added and removed by another thread meanwhile", added_meanwhile, UH_EVERY, 0, 60},
    {"a thread with descriptors of its own", own_table, UH_EVERY, 0, 0},
};

UH_SUITE(tests, NULL);

/* SPDX-License-Identifier: MIT */
/* epoll_before_connect.c: what was registered before connect stays registered after it. */
#include <fcntl.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

#include "harness.h"

#define PATIENCE 10000 /* ms; a bound, not an expectation */

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

/* Exactly one event, with these bits among others, and this data. */
static void one_event(int set, uint32_t events, uint64_t data)
{
	struct epoll_event event[2];

	SAME(epoll_wait(set, event, 2, PATIENCE), 1);
	SAME(event[0].events & events, events);
	SAME(event[0].data.u64, data);
}

static void no_event(int set)
{
	struct epoll_event event;

	SAME(epoll_wait(set, &event, 1, 0), 0);
}

static void ask(int fd)
{
	SAME(send(fd, "ping\n", 5, MSG_NOSIGNAL), 5);
}

/* nginx, asyncio: one socket, and here even two sets that want different things. */
static void two_sets_with(int flags)
{
	int first = new_set(), second = new_set(), fd = uh_socket(flags);

	SAME(control(first, EPOLL_CTL_ADD, fd, EPOLLIN, 0x1122334455667788), 0);
	SAME(control(second, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP, 42), 0);
	uh_connect(fd);
	one_event(second, EPOLLOUT, 42);
	no_event(first);
	ask(fd);
	one_event(first, EPOLLIN, 0x1122334455667788);
	one_event(second, EPOLLIN | EPOLLOUT, 42);
	uh_expect(fd, "hit ping\n");
	no_event(first);
}

static void blocking(void)
{
	two_sets_with(0);
}

static void nonblocking(void)
{
	two_sets_with(SOCK_NONBLOCK);
}

static void modify_and_delete(void)
{
	int set = new_set(), fd = uh_socket(SOCK_NONBLOCK);

	SAME(control(set, EPOLL_CTL_ADD, fd, EPOLLIN, 1), 0);
	uh_connect(fd);
	FAILS(control(set, EPOLL_CTL_ADD, fd, EPOLLIN, 2), EEXIST);
	no_event(set);
	SAME(control(set, EPOLL_CTL_MOD, fd, EPOLLOUT, 3), 0);
	one_event(set, EPOLLOUT, 3);
	SAME(control(set, EPOLL_CTL_DEL, fd, 0, 0), 0);
	no_event(set);
	FAILS(control(set, EPOLL_CTL_DEL, fd, 0, 0), ENOENT);
	SAME(control(set, EPOLL_CTL_ADD, fd, EPOLLOUT, 4), 0);
	one_event(set, EPOLLOUT, 4);
}

/* Where the other end of a Unix socket has read and not yet answered, the kernel says once more
 * that there is room: an edge of its own, which TCP has only for a writer that waits. */
static void readable_edge(int set, uint64_t data)
{
	struct epoll_event event;

	do {
		SAME(epoll_wait(set, &event, 1, PATIENCE), 1);
		SAME(event.data.u64, data);
	} while (uh_in(UH_REPLACED) && event.events == EPOLLOUT);
	SAME(event.events & EPOLLIN, EPOLLIN);
}

static void edge_triggered(void)
{
	int set = new_set(), fd = uh_socket(SOCK_NONBLOCK);

	SAME(control(set, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLOUT | EPOLLET, 7), 0);
	uh_connect(fd);
	one_event(set, EPOLLOUT, 7);
	no_event(set);
	ask(fd);
	readable_edge(set, 7);
	no_event(set);
}

/* An unconnected socket reports HUP: the edge is used up, connecting must give a new one. */
static void edge_after_a_wait(void)
{
	int set = new_set(), fd = uh_socket(SOCK_NONBLOCK);

	SAME(control(set, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLOUT | EPOLLET, 8), 0);
	one_event(set, EPOLLHUP, 8);
	no_event(set);
	uh_connect(fd);
	one_event(set, EPOLLOUT, 8);
	no_event(set);
}

static void one_shot(void)
{
	int set = new_set(), fd = uh_socket(0);

	SAME(control(set, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLONESHOT, 9), 0);
	uh_connect(fd);
	no_event(set);
	ask(fd);
	one_event(set, EPOLLIN, 9);
	no_event(set);
	SAME(control(set, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLONESHOT, 10), 0);
	one_event(set, EPOLLIN, 10);
}

/* Fired before connect: it must not fire again until the program arms it. */
static void one_shot_fired(void)
{
	int set = new_set(), fd = uh_socket(0);

	SAME(control(set, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLOUT | EPOLLONESHOT, 11), 0);
	one_event(set, EPOLLHUP, 11);
	uh_connect(fd);
	ask(fd);
	uh_expect(fd, "hit ping\n");
	no_event(set);
	SAME(control(set, EPOLL_CTL_MOD, fd, EPOLLOUT, 12), 0);
	one_event(set, EPOLLOUT, 12);
}

/* Stands for what no wrapper sees: static code, libuv's epoll_ctl batches through io_uring. */
static void raw_system_call(void)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = 13};
	int set = (int)syscall(SYS_epoll_create1, 0), fd = uh_socket(SOCK_NONBLOCK);

	SAME(syscall(SYS_epoll_ctl, set, EPOLL_CTL_ADD, fd, &event), 0);
	uh_connect(fd);
	ask(fd);
	one_event(set, EPOLLIN, 13);
	SAME(control(set, EPOLL_CTL_DEL, fd, 0, 0), 0);
}

/* An entry belongs to the number under which it was made. */
static void through_a_copy(void)
{
	int set = new_set(), fd = uh_socket(0), copy = dup(fd);

	SAME(control(set, EPOLL_CTL_ADD, copy, EPOLLIN, 14), 0);
	uh_connect(fd);
	ask(fd);
	one_event(set, EPOLLIN, 14);
	FAILS(control(set, EPOLL_CTL_MOD, fd, EPOLLIN, 15), ENOENT);
	SAME(control(set, EPOLL_CTL_MOD, copy, EPOLLIN, 16), 0);
	one_event(set, EPOLLIN, 16);
}

static void both_copies(void)
{
	int set = new_set(), fd = uh_socket(0), copy = dup(fd);

	SAME(control(set, EPOLL_CTL_ADD, fd, EPOLLIN, 17), 0);
	SAME(control(set, EPOLL_CTL_ADD, copy, EPOLLOUT, 18), 0);
	uh_connect(copy);
	one_event(set, EPOLLOUT, 18);
	SAME(control(set, EPOLL_CTL_DEL, copy, 0, 0), 0);
	no_event(set);
	ask(fd);
	one_event(set, EPOLLIN, 17);
}

/* A copy of the set's own number is the same set: nothing may be registered twice. */
static void copied_set(void)
{
	int set = new_set(), other = dup(set), fd = uh_socket(SOCK_NONBLOCK);

	SAME(control(set, EPOLL_CTL_ADD, fd, EPOLLIN, 19), 0);
	uh_connect(fd);
	ask(fd);
	one_event(other, EPOLLIN, 19);
	SAME(control(other, EPOLL_CTL_DEL, fd, 0, 0), 0);
	no_event(set);
}

/* A program moves its set to another number, as a daemon that tidies up. */
static void moved_set(void)
{
	int set = new_set(), fd = uh_socket(SOCK_NONBLOCK);

	SAME(control(set, EPOLL_CTL_ADD, fd, EPOLLIN, 27), 0);
	SAME(dup2(set, 300), 300);
	close(set);
	uh_connect(fd);
	ask(fd);
	one_event(300, EPOLLIN, 27);
	FAILS(control(300, EPOLL_CTL_ADD, fd, EPOLLIN, 28), EEXIST);
	SAME(control(300, EPOLL_CTL_DEL, fd, 0, 0), 0);
}

static int inherited;

static void connects_and_waits(int fd)
{
	uh_connect(fd);
	ask(fd);
	one_event(inherited, EPOLLIN, 29);
	uh_expect(fd, "hit ping\n");
}

/* Registered by the parent, connected by the child, which has a copy of the set's number. */
static void inherited_set(void)
{
	int fd = uh_socket(0);

	inherited = new_set();
	SAME(control(inherited, EPOLL_CTL_ADD, fd, EPOLLIN, 29), 0);
	uh_in_child(connects_and_waits, fd);
}

static void nested(void)
{
	int inner = new_set(), outer = new_set(), fd = uh_socket(0);

	SAME(control(outer, EPOLL_CTL_ADD, inner, EPOLLIN, 20), 0);
	SAME(control(inner, EPOLL_CTL_ADD, fd, EPOLLIN, 21), 0);
	uh_connect(fd);
	no_event(outer);
	ask(fd);
	one_event(outer, EPOLLIN, 20);
	one_event(inner, EPOLLIN, 21);
}

static void nothing_invented(void)
{
	int set = new_set(), empty = new_set(), fd = uh_socket(0), stranger = uh_socket(0);

	SAME(control(set, EPOLL_CTL_ADD, stranger, EPOLLIN, 22), 0);
	uh_connect(fd);
	ask(fd);
	uh_expect(fd, "hit ping\n");
	no_event(empty);
	FAILS(control(set, EPOLL_CTL_DEL, fd, 0, 0), ENOENT);
	FAILS(control(empty, EPOLL_CTL_MOD, fd, EPOLLIN, 0), ENOENT);
	SAME(control(set, EPOLL_CTL_DEL, stranger, 0, 0), 0);
}

/* Removed before connect: it stays removed. */
static void removed_before(void)
{
	int set = new_set(), fd = uh_socket(0);

	SAME(control(set, EPOLL_CTL_ADD, fd, EPOLLIN, 23), 0);
	SAME(control(set, EPOLL_CTL_DEL, fd, 0, 0), 0);
	uh_connect(fd);
	ask(fd);
	uh_expect(fd, "hit ping\n");
	no_event(set);
}

static void closing_removes(void)
{
	int set = new_set(), fd = uh_socket(0);

	SAME(control(set, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLOUT, 24), 0);
	uh_connect(fd);
	ask(fd);
	one_event(set, EPOLLOUT, 24);
	close(fd);
	no_event(set);
}

enum { EARLIER = 30, ROUNDS = 100, KEPT = 400 };
static pthread_barrier_t begin;

static void *close_copies(void *unused)
{
	pthread_barrier_wait(&begin);
	close_range(KEPT, KEPT + EARLIER - 1, 0);
	return unused;
}

/*
 * Earlier sockets of the number are in the set as long as copies of them are open. The kernel
 * lists them beside the new socket's, and the list shifts as the copies are closed.
 */
static void connect_while_copies_end(int set, int number)
{
	pthread_t closer;

	for (int i = 0; i < EARLIER; i++) {
		int earlier = uh_socket(0);

		SAME(dup2(earlier, number), number);
		SAME(control(set, EPOLL_CTL_ADD, number, EPOLLIN, 31), 0);
		SAME(dup2(earlier, KEPT + i), KEPT + i);
		close(earlier);
		close(number);
	}
	SAME(uh_socket(0), number);
	SAME(control(set, EPOLL_CTL_ADD, number, EPOLLIN, 32), 0);
	pthread_create(&closer, NULL, close_copies, NULL);
	pthread_barrier_wait(&begin);
	uh_connect(number);
	pthread_join(closer, NULL);
	SAME(control(set, EPOLL_CTL_MOD, number, EPOLLIN, 33), 0);
	ask(number);
	one_event(set, EPOLLIN, 33);
	close(number);
}

static void earlier_sockets_end(void)
{
	int set = new_set(), number = uh_socket(0);

	pthread_barrier_init(&begin, NULL, 2);
	for (int i = 0; i < ROUNDS; i++)
		connect_while_copies_end(set, number);
}

/* The set is gone, its number in use by something else. */
static void set_closed_before(void)
{
	int set = new_set(), fd = uh_socket(0);

	SAME(control(set, EPOLL_CTL_ADD, fd, EPOLLIN, 25), 0);
	close(set);
	SAME(open("/dev/null", O_RDWR | O_CLOEXEC), set);
	uh_connect(fd);
	uh_talk(fd);
}

/* A process with a set for each of very many threads; the socket is in the first and the last.
 */
static void among_many_sets(void)
{
	int set[300], fd = uh_socket(SOCK_NONBLOCK);

	for (int i = 0; i < 300; i++)
		set[i] = new_set();
	SAME(control(set[0], EPOLL_CTL_ADD, fd, EPOLLIN, 30), 0);
	SAME(control(set[299], EPOLL_CTL_ADD, fd, EPOLLIN, 31), 0);
	uh_connect(fd);
	ask(fd);
	one_event(set[0], EPOLLIN, 30);
	one_event(set[299], EPOLLIN, 31);
	no_event(set[150]);
}

/* Many sets and many sockets in each: every one keeps its own. */
static void many(void)
{
	int set[20], fd[20];

	for (int i = 0; i < 20; i++) {
		set[i] = new_set();
		fd[i] = uh_socket(SOCK_NONBLOCK);
	}
	for (int i = 0; i < 400; i++)
		SAME(control(set[i / 20], EPOLL_CTL_ADD, fd[i % 20], EPOLLIN, (uint64_t)i), 0);
	for (int i = 0; i < 20; i++)
		uh_connect(fd[i]);
	ask(fd[13]);
	for (int i = 0; i < 20; i++)
		one_event(set[i], EPOLLIN, (uint64_t)i * 20 + 13);
}

/* The server's end of the connection is seen through the registration. */
static void hang_up(void)
{
	int set = new_set(), fd = uh_socket(SOCK_NONBLOCK);

	SAME(control(set, EPOLL_CTL_ADD, fd, EPOLLRDHUP, 26), 0);
	uh_connect(fd);
	no_event(set);
	SAME(send(fd, "bye\n", 4, MSG_NOSIGNAL), 4);
	one_event(set, EPOLLRDHUP, 26);
}

static const struct uh_test tests[] = {
    {"two epoll sets, blocking", blocking, UH_EVERY, 0, 0},
    {"two epoll sets, non-blocking", nonblocking, UH_EVERY, 0, 0},
    {"EPOLL_CTL_MOD and DEL after connect", modify_and_delete, UH_EVERY, 0, 0},
    {"EPOLLET", edge_triggered, UH_EVERY, 0, 0},
    {"EPOLLET after a wait", edge_after_a_wait, UH_EVERY, 0, 0},
    {"EPOLLONESHOT", one_shot, UH_EVERY, 0, 0},
    {"EPOLLONESHOT that fired", one_shot_fired, UH_EVERY, 0, 0},
    {"epoll_ctl by raw system call", raw_system_call, UH_EVERY, 0, 0},
    {"registered through a copy", through_a_copy, UH_EVERY, 0, 0},
    {"registered through both copies", both_copies, UH_EVERY, 0, 0},
    {"a copied epoll set", copied_set, UH_EVERY, 0, 0},
    {"an epoll set that moved", moved_set, UH_EVERY, 0, 0},
    {"an inherited epoll set", inherited_set, UH_EVERY, 0, 0},
    {"one of 300 epoll sets", among_many_sets, UH_EVERY, 0, 0},
    {"an epoll set in a set", nested, UH_EVERY, 0, 0},
    {"no registration is invented", nothing_invented, UH_EVERY, 0, 0},
    {"removed before connect", removed_before, UH_EVERY, 0, 0},
    {"closing removes the registration", closing_removes, UH_EVERY, 0, 0},
    {"copies of earlier sockets end meanwhile", earlier_sockets_end, UH_EVERY, 0, 0},
    {"the set was closed before connect", set_closed_before, UH_EVERY, 0, 0},
    {"many sets with many sockets", many, UH_EVERY, 0, 0},
    {"EPOLLRDHUP", hang_up, UH_EVERY, 0, 0},
};

UH_SUITE(tests, NULL);

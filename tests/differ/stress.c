/* SPDX-License-Identifier: MIT */
/*
 * stress.c: the free-running mode: threads at random, invariants in place of a comparison.
 *
 * Two things are rare, and counted: a number that is closed between two system calls of the
 * object's, of which the second is dup3(2), becomes the connection's all the same (replace.c);
 * and a child that is forked as the object opens a descriptor may keep a copy (temporary.c).
 *
 * Sockets that connect have numbers from HIGH on, so that a Unix socket below is one that the
 * object left behind.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "differ.h"

enum {
	THREADS = 8,
	HIGH = 100,
	LINE = 10,
	CLOSERS = 2,
	FORKERS = 1,
	PATIENCE_S = 60,
	RARE = 20
};

/* The number that a thread connects; TAKEN from when somebody else closes it until its
 * connect() has returned. */
enum { NONE = -1, TAKEN = -2 };
static _Atomic int published[THREADS];
static _Atomic bool ends;
static _Atomic unsigned wrong, connections, stolen, residue, children, kept;
static int set;

void is_wrong(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	if (atomic_fetch_add(&wrong, 1) < 20)
		vprintf(format, list);
	va_end(list);
}

static int moved_high(int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, HIGH);

	syscall(SYS_close, fd);
	return high;
}

/* Still the asked address and the service's line, whichever copy is asked. */
static void examine(int fd, const struct sockaddr_storage *asked, socklen_t length)
{
	struct sockaddr_storage peer = {0};
	char line[LINE + 1];
	size_t used = 0;
	socklen_t size = sizeof(peer);
	ssize_t got;

	if (getpeername(fd, (struct sockaddr *)&peer, &size) < 0 || size != length ||
	    memcmp(&peer, asked, length) != 0)
		is_wrong("the peer's name is not the asked address: %s\n", strerror(errno));
	while (used < sizeof(line) && (got = read(fd, line + used, sizeof(line) - used)) > 0)
		used += (size_t)got;
	if (used != LINE || memcmp(line, "abcdefghij", LINE) != 0)
		is_wrong("%zu bytes came in place of the service's line\n", used);
}

static void connect_once(unsigned *seed, unsigned thread)
{
	_Atomic int *place = &published[thread];
	enum address which = rand_r(seed) % 2 ? PUBLIC4 : PUBLIC6;
	struct sockaddr_storage asked;
	socklen_t length = make_address(which, PORT, &asked);
	int fd = moved_high(socket(asked.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0)), copy = -1,
	    mine = fd, result;
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
	bool watched = rand_r(seed) % 4 == 0, copied = rand_r(seed) % 4 == 0;

	if (copied)
		copy = fcntl(fd, F_DUPFD_CLOEXEC, HIGH);
	else if (watched)
		epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
	atomic_store(place, fd);
	result = connect(fd, (struct sockaddr *)&asked, length);
	if (!atomic_compare_exchange_strong(place, &mine, NONE)) {
		atomic_store(place, NONE);
		atomic_fetch_add(&stolen, 1);
		close(copy);
		return;
	}
	if (result < 0)
		is_wrong("connect: %s\n", strerror(errno));
	else
		examine(copied ? copy : fd, &asked, length);
	if (watched && !copied && epoll_ctl(set, EPOLL_CTL_MOD, fd, &event) < 0)
		is_wrong("EPOLL_CTL_MOD: %s\n", strerror(errno));
	close(copy);
	close(fd);
	atomic_fetch_add(&connections, 1);
}

static void *connector(void *argument)
{
	unsigned index = (unsigned)(uintptr_t)argument, seed = index + 1;

	while (!atomic_load(&ends))
		connect_once(&seed, index);
	return NULL;
}

/*
 * A connection is given up while it is made, and its number becomes a file's: once connect()
 * has returned, the file must be there, and nothing be written to it. The number is never free,
 * because another connection could be given it.
 */
static void steal(unsigned *seed)
{
	unsigned thread = (unsigned)rand_r(seed) % THREADS;
	int fd = atomic_load(&published[thread]), file;
	struct stat before, after;

	if (fd < 0 || !atomic_compare_exchange_strong(&published[thread], &fd, TAKEN))
		return;
	file = memfd_create("differ", MFD_CLOEXEC);
	fstat(file, &before);
	if (rand_r(seed) % 2)
		dup3(file, fd, O_CLOEXEC);
	else
		syscall(SYS_dup3, file, fd, O_CLOEXEC);
	syscall(SYS_close, file);
	while (atomic_load(&published[thread]) == TAKEN)
		sched_yield();
	memset(&after, 0, sizeof(after));
	fstat(fd, &after);
	if (after.st_size != 0)
		is_wrong("%lld bytes were written to a file\n", (long long)after.st_size);
	if (after.st_ino != before.st_ino)
		atomic_fetch_add(&residue, 1);
	close(fd);
}

static void *closer(void *argument)
{
	unsigned seed = (unsigned)(uintptr_t)argument + 1000;

	while (!atomic_load(&ends)) {
		steal(&seed);
		usleep((useconds_t)rand_r(&seed) % 300);
	}
	return NULL;
}

/* A Unix socket that nobody connects any more keeps nobody from anything. */
static bool is_connected_unix(int fd)
{
	struct sockaddr_storage peer;
	socklen_t size = sizeof(int), length = sizeof(peer);
	int domain = 0;

	return syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
	       domain == AF_UNIX && syscall(SYS_getpeername, fd, &peer, &length) == 0;
}

static _Noreturn void be_child(void)
{
	for (int fd = 3; fd < HIGH; fd++) {
		if (is_connected_unix(fd))
			_exit(fd);
	}
	_exit(0);
}

static void *forker(void *argument)
{
	int status = 0;
	pid_t child;

	while (!atomic_load(&ends)) {
		child = fork();
		if (child == 0)
			be_child();
		if (waitpid(child, &status, 0) != child || status != 0)
			is_wrong("a child has a descriptor of the object's: status %x\n",
				 status);
		atomic_fetch_add(&children, 1);
		usleep(2000);
	}
	return argument;
}

static unsigned count_descriptors(void)
{
	unsigned count = 0;

	for (int fd = 0; fd < FD_MAIN; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* The server takes part by its actions, as ever: a line for each connection, and its end; and
 * answers to datagrams. */
static void serve_all(time_t until)
{
	struct answer accepted;

	do {
		server_asks(QUICK, 0, 0);
		accepted = server_asks(ACCEPT, 0, 0);
		if (accepted.result < 0) {
			usleep(50);
			continue;
		}
		server_asks(SEND, accepted.result, LINE);
		server_asks(CLOSE, accepted.result, 0);
	} while (time(NULL) < until);
}

int stress(unsigned seconds)
{
	void *(*const role[])(void *) = {connector, connector, connector, connector,
					 connector, connector, connector, connector,
					 closer,    closer,    forker};
	enum { ROLES = sizeof(role) / sizeof(role[0]) };
	pthread_t thread[ROLES];
	unsigned before;

	char byte = 0;

	alarm(seconds + PATIENCE_S);
	if (write(FD_MAIN, &byte, 1) != 1)
		return 1;
	memset(published, -1, sizeof(published));
	if (!warm_up())
		return 1;
	set = epoll_create1(EPOLL_CLOEXEC);
	before = count_descriptors();
	for (unsigned i = 0; i < ROLES; i++)
		pthread_create(&thread[i], NULL, role[i], (void *)(uintptr_t)i);
	datagrams_begin();
	serve_all(time(NULL) + seconds);
	atomic_store(&ends, true);
	for (unsigned i = 0; i < ROLES; i++) {
		while (pthread_tryjoin_np(thread[i], NULL) == EBUSY)
			serve_all(0);
	}
	datagrams_end();
	residue += count_descriptors() - before;
	if (residue * RARE > stolen)
		is_wrong("in place of a file, or left over: %u\n", residue);
	if (kept * RARE > children)
		is_wrong("descriptors of the object's in children: %u\n", kept);
	printf("%u connections, %u given up (%u too late), %u children (%u kept a copy): %u "
	       "wrong\n",
	       connections, stolen, residue, children, kept, wrong);
	return wrong != 0 || connections == 0;
}

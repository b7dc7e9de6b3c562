/* SPDX-License-Identifier: MIT */
/* server.c: the server, whose actions are operations of the sequence. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "differ.h"

enum { CONNECTIONS = 16, LISTENERS = 2, BACKLOG = 16, FILLERS = 2 * LISTENERS, MOST = 4096 };

static const char *unix_path; /* NULL on the plain side */
static int listener[LISTENERS], connection[CONNECTIONS], filler[FILLERS];
static unsigned accepted;
static bool full;

static int listen_on(const struct sockaddr *address, socklen_t length, int backlog)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
	    one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, address, length) < 0 || listen(fd, backlog) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* One TCP listener takes both families, so that connections are accepted in their order. */
enum { TCP, UNIX };

static socklen_t address_of(int index, struct sockaddr_storage *address)
{
	struct sockaddr_un path = {.sun_family = AF_UNIX};

	if (index == TCP)
		return make_address(ANY6, PORT, address);
	strcpy(path.sun_path, unix_path);
	memcpy(address, &path, sizeof(path));
	return sizeof(path);
}

static void start(void)
{
	int index = unix_path ? UNIX : TCP;
	struct sockaddr_storage address;
	socklen_t length = address_of(index, &address);

	if (listener[index] >= 0)
		return;
	if (unix_path)
		unlink(unix_path);
	listener[index] = listen_on((struct sockaddr *)&address, length, BACKLOG);
}

static void stop(void)
{
	for (int i = 0; i < LISTENERS; i++) {
		if (listener[i] >= 0)
			close(listener[i]);
		listener[i] = -1;
	}
	for (int i = 0; i < FILLERS; i++) {
		if (filler[i] >= 0)
			close(filler[i]);
		filler[i] = -1;
	}
	full = false;
}

/* A full Unix socket leads to the original destination, so that is full, too. */
static void fill(void)
{
	struct sockaddr_storage address;
	socklen_t length;

	stop();
	for (int i = 0; i <= (unix_path ? UNIX : TCP); i++) {
		if (i == UNIX)
			unlink(unix_path);
		length = address_of(i, &address);
		listener[i] = listen_on((struct sockaddr *)&address, length, 0);
		for (int j = 0; j < 2; j++) {
			filler[2 * i + j] = socket(
			    address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
			connect(filler[2 * i + j], (struct sockaddr *)&address, length);
		}
	}
	full = true;
}

static void reset(int fd)
{
	const struct linger now = {1, 0};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

static int accept_any(void)
{
	int fd = -1, one = 1;

	for (int i = 0; i < LISTENERS && fd < 0 && !full; i++)
		fd = accept4(listener[i], NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0) {
		errno = EAGAIN;
		return -1;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	connection[accepted % CONNECTIONS] = fd;
	return (int)(accepted++ % CONNECTIONS);
}

static void begin(void)
{
	int i;

	if (full)
		stop();
	while ((i = accept_any()) >= 0)
		continue;
	for (i = 0; i < CONNECTIONS; i++) {
		if (connection[i] >= 0)
			reset(connection[i]);
		connection[i] = -1;
	}
	accepted = 0;
	stop();
	start();
	echo_all(false);
}

static int take(int fd, int count, uint32_t *sum)
{
	unsigned char bytes[MOST];
	ssize_t got = recv(fd, bytes, (size_t)count, MSG_DONTWAIT);

	for (ssize_t i = 0; i < got; i++)
		*sum = *sum * 31 + bytes[i];
	return (int)got;
}

/* The last bytes of a connection that Nagle's algorithm holds back come with the
 * acknowledgement. */
static void quicken(void)
{
	int one = 1;

	for (int i = 0; i < CONNECTIONS; i++) {
		if (connection[i] >= 0)
			setsockopt(connection[i], IPPROTO_TCP, TCP_QUICKACK, &one, sizeof(one));
	}
}

static int close_one(int *fd, bool hard)
{
	int closed = *fd;

	if (closed < 0) {
		errno = EBADF;
		return -1;
	}
	*fd = -1;
	if (!hard)
		return close(closed);
	reset(closed);
	return 0;
}

static int act(const struct question *question, uint32_t *sum)
{
	static char pattern[MOST];
	int *fd = &connection[question->connection % CONNECTIONS];

	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = (char)('a' + i % 26);
	switch ((enum action)question->action) {
	case BEGIN:
		begin();
		return 0;
	case ACCEPT:
		return accept_any();
	case SEND:
		return (int)send(*fd, pattern, (size_t)question->count,
				 MSG_NOSIGNAL | MSG_DONTWAIT);
	case SEND_URGENT:
		return (int)send(*fd, pattern, (size_t)question->count,
				 MSG_NOSIGNAL | MSG_DONTWAIT | MSG_OOB);
	case RECEIVE:
		return take(*fd, question->count, sum);
	case SHUT_READ:
		return shutdown(*fd, SHUT_RD);
	case SHUT_WRITE:
		return shutdown(*fd, SHUT_WR);
	case CLOSE:
	case RESET:
		return close_one(fd, question->action == RESET);
	case STOP:
		stop();
		return 0;
	case START:
		if (full)
			stop();
		start();
		return 0;
	case FILL:
		fill();
		return 0;
	case QUICK:
		quicken();
		echo_all(true);
		return 0;
	}
	return -1;
}

_Noreturn void serve(int control, const char *path)
{
	struct question question;

	unix_path = path;
	memset(listener, -1, sizeof(listener));
	memset(connection, -1, sizeof(connection));
	memset(filler, -1, sizeof(filler));
	start();
	echo_open(path != NULL);
	while (recv(control, &question, sizeof(question), 0) == sizeof(question)) {
		struct answer answer = {.id = question.id};

		errno = 0;
		answer.result = act(&question, &answer.sum);
		answer.error = answer.result < 0 ? errno : 0;
		send(control, &answer, sizeof(answer), MSG_NOSIGNAL);
	}
	exit(0);
}

/* SPDX-License-Identifier: MIT */
/* servers.c: processes that tell each caller their names. */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "soak.h"

enum { BACKLOG = 4096 };

static char answer[16];
static int events;

/* Listeners are told from connections by a pointer that isn't NULL. */
static void watch(int fd, int listener)
{
	struct epoll_event event = {.events = EPOLLIN,
				    .data.u64 = (uint64_t)fd | (uint64_t)listener << 32};

	if (fd < 0 || epoll_ctl(events, EPOLL_CTL_ADD, fd, &event) != 0) {
		perror("soak server");
		exit(1);
	}
}

static void serve_ip(int family, int type, const char *v4, const char *v6, uint16_t port)
{
	int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
	struct sockaddr_storage address;
	socklen_t length = soak_address(&address, family, v4, v6, port);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&address, length) != 0 ||
	    (type == SOCK_STREAM && listen(fd, BACKLOG) != 0)) {
		perror("soak server");
		exit(1);
	}
	watch(fd, 1 + (type == SOCK_DGRAM));
}

/* A name that begins with @ is in the abstract name space. */
static void serve_unix(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	size_t length = offsetof(struct sockaddr_un, sun_path) + strlen(name);

	memcpy(address.sun_path, name, strlen(name));
	if (*name == '@')
		address.sun_path[0] = '\0';
	unlink(name);
	if (bind(fd, (struct sockaddr *)&address, (socklen_t)length) != 0 ||
	    listen(fd, BACKLOG) != 0) {
		perror(name);
		exit(1);
	}
	watch(fd, 1);
}

static void serve_public(void)
{
	for (uint16_t port = SOAK_TO_PATH; port < SOAK_PORTS_END; port++) {
		serve_ip(AF_INET, SOCK_STREAM, "203.0.113.1", NULL, port);
		serve_ip(AF_INET6, SOCK_STREAM, NULL, "2001:db8::1", port);
		serve_ip(AF_INET, SOCK_DGRAM, "203.0.113.1", NULL, port);
		serve_ip(AF_INET6, SOCK_DGRAM, NULL, "2001:db8::1", port);
	}
}

static void serve_as(enum soak_name name, const char *directory)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%c", directory, name == SOAK_PATH_A ? 'a' : 'b');
	if (name == SOAK_PATH_A || name == SOAK_PATH_B)
		serve_unix(path);
	else if (name == SOAK_ABSTRACT)
		serve_unix("@uh-soak");
	else if (name == SOAK_V4)
		serve_ip(AF_INET, SOCK_STREAM, "127.0.0.2", NULL, SOAK_SERVER_PORT);
	else if (name == SOAK_V6)
		serve_ip(AF_INET6, SOCK_STREAM, NULL, "::1", SOAK_SERVER_PORT);
	else if (name == SOAK_PUBLIC)
		serve_public();
	if (name == SOAK_DATAGRAM) {
		serve_ip(AF_INET, SOCK_DGRAM, "127.0.0.2", NULL, SOAK_SERVER_PORT);
		serve_ip(AF_INET6, SOCK_DGRAM, NULL, "::1", SOAK_SERVER_PORT);
	}
}

/* The name is told at once, and the connection kept until the caller ends it: no TIME_WAIT. */
static void greet(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return;
	send(fd, answer, strlen(answer), MSG_NOSIGNAL);
	watch(fd, 0);
}

static void reply(int fd)
{
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);
	char byte;

	if (recvfrom(fd, &byte, 1, 0, (struct sockaddr *)&from, &length) >= 0)
		sendto(fd, answer, strlen(answer), 0, (struct sockaddr *)&from, length);
}

static _Noreturn void serve_forever(void)
{
	struct epoll_event event[64];

	for (;;) {
		int count = epoll_wait(events, event, 64, -1);

		for (int i = 0; i < count; i++) {
			int fd = (int)(uint32_t)event[i].data.u64;
			unsigned kind = (unsigned)(event[i].data.u64 >> 32);

			if (kind == 1)
				greet(fd);
			else if (kind == 2)
				reply(fd);
			else
				close(fd);
		}
	}
}

pid_t soak_start(enum soak_name name, const char *directory)
{
	int ready[2];
	char byte;
	pid_t server;

	if (pipe(ready) != 0 || (server = fork()) < 0) {
		perror("soak server");
		exit(1);
	}
	if (server == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ready[0]);
		snprintf(answer, sizeof(answer), "%d\n", (int)name);
		events = epoll_create1(EPOLL_CLOEXEC);
		serve_as(name, directory);
		close(ready[1]);
		serve_forever();
	}
	close(ready[1]);
	while (read(ready[0], &byte, 1) < 0 && errno == EINTR)
		continue;
	close(ready[0]);
	return server;
}

void soak_stop(pid_t server)
{
	if (server > 0 && kill(server, SIGKILL) == 0)
		waitpid(server, NULL, 0);
}

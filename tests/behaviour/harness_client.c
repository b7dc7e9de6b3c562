/* SPDX-License-Identifier: MIT */
/* harness_client.c: what the tests use: assertions, addresses, sockets, conversations. */
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "harness.h"

static _Noreturn void report(int status, const char *text)
{
	if (write(UH_REPORT, text, strlen(text)) < 0)
		_exit(1);
	_exit(status);
}

void uh_fail(const char *file, int line, const char *text, const char *values)
{
	char all[600];
	const char *error = errno ? strerrorname_np(errno) : NULL;

	snprintf(all, sizeof(all), "%s:%d: %s (%s%serrno %s)\n", file, line, text,
		 values ? values : "", values ? ", " : "", error ? error : "0");
	report(1, all);
}

void uh_skip(const char *why)
{
	char all[300];

	snprintf(all, sizeof(all), "%s\n", why);
	report(UH_EXIT_SKIP, all);
}

void uh_same(const char *file, int line, const char *text, long long got, long long wanted)
{
	char values[64];

	if (got == wanted)
		return;
	snprintf(values, sizeof(values), "%lld, wanted %lld", got, wanted);
	uh_fail(file, line, text, values);
}

void uh_text(const char *file, int line, const char *text, const char *got, const char *wanted)
{
	char values[200];

	if (!strcmp(got, wanted))
		return;
	snprintf(values, sizeof(values), "\"%.80s\", wanted \"%.80s\"", got, wanted);
	uh_fail(file, line, text, values);
}

void uh_fails(const char *file, int line, const char *text, long result, int wanted)
{
	char values[64];

	if (result == -1 && errno == wanted)
		return;
	snprintf(values, sizeof(values), "returned %ld", result);
	uh_fail(file, line, text, values);
}

struct uh_peer uh_peer(const char *address, uint16_t port)
{
	struct uh_peer peer = {.length = 0};
	struct sockaddr_in *v4 = (struct sockaddr_in *)&peer.storage;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&peer.storage;

	if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		peer.length = sizeof(*v4);
	} else if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		peer.length = sizeof(*v6);
	}
	return peer;
}

struct uh_peer uh_public_port(uint16_t port)
{
	return uh_peer(uh_family == AF_INET ? "203.0.113.1" : "2001:db8::1", port);
}

struct uh_peer uh_public(void)
{
	switch (uh_mode) {
	case UH_UNIX:
		return uh_public_port(1001);
	case UH_ABSTRACT:
		return uh_public_port(1002);
	case UH_IP:
		return uh_public_port(1003);
	case UH_OTHER:
		return uh_public_port(1004);
	default:
		return uh_public_port(UH_PORT_PLAIN);
	}
}

uint16_t uh_port_of(const struct uh_peer *peer)
{
	/* The port is at the same place in sockaddr_in and sockaddr_in6. */
	return ntohs(((const struct sockaddr_in *)&peer->storage)->sin_port);
}

bool uh_peers_equal(const struct uh_peer *a, const struct uh_peer *b)
{
	const struct sockaddr_in *x4 = (const void *)&a->storage,
				 *y4 = (const void *)&b->storage;
	const struct sockaddr_in6 *x6 = (const void *)x4, *y6 = (const void *)y4;

	if (a->length != b->length || a->address.sa_family != b->address.sa_family ||
	    x4->sin_port != y4->sin_port)
		return false;
	if (a->address.sa_family == AF_INET)
		return x4->sin_addr.s_addr == y4->sin_addr.s_addr;
	return IN6_ARE_ADDR_EQUAL(&x6->sin6_addr, &y6->sin6_addr) &&
	       x6->sin6_scope_id == y6->sin6_scope_id;
}

struct uh_peer uh_peername(int fd)
{
	struct uh_peer peer = {.length = sizeof(peer.storage)};

	SAME(getpeername(fd, &peer.address, &peer.length), 0);
	return peer;
}

struct uh_peer uh_sockname(int fd)
{
	struct uh_peer peer = {.length = sizeof(peer.storage)};

	SAME(getsockname(fd, &peer.address, &peer.length), 0);
	return peer;
}

int uh_socket(int flags)
{
	int fd = socket(uh_family, SOCK_STREAM | flags, 0);

	CHECK(fd >= 0);
	return fd;
}

int uh_finish(int fd)
{
	struct pollfd wait = {.fd = fd, .events = POLLOUT};
	int error = 0;
	socklen_t length = sizeof(error);

	SAME(poll(&wait, 1, 10000), 1);
	SAME(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length), 0);
	if (error == 0)
		return 0;
	errno = error;
	return -1;
}

int uh_try(int fd, const struct uh_peer *peer)
{
	int result = connect(fd, &peer->address, peer->length);

	return result < 0 && errno == EINPROGRESS ? uh_finish(fd) : result;
}

void uh_connect(int fd)
{
	struct uh_peer peer = uh_public();

	SAME(uh_try(fd, &peer), 0);
}

void uh_connect_port(int fd, uint16_t port)
{
	struct uh_peer peer = uh_public_port(port);

	SAME(uh_try(fd, &peer), 0);
}

int uh_connected(void)
{
	int fd = uh_socket(SOCK_CLOEXEC);

	uh_connect(fd);
	return fd;
}

/* One byte. Read before poll: SO_RCVLOWAT could keep poll waiting for a second one. */
static char read_byte(int fd)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	char byte;
	ssize_t got;

	while ((got = recv(fd, &byte, 1, MSG_DONTWAIT)) < 0) {
		SAME(errno, EAGAIN);
		SAME(poll(&wait, 1, 10000), 1);
	}
	SAME(got, 1);
	return byte;
}

/*
 * Reads up to the end of a line. Byte by byte, since what follows belongs to the next reader.
 */
static void read_line(int fd, char *line, size_t size)
{
	size_t used = 0;

	do
		line[used] = read_byte(fd);
	while (line[used++] != '\n' && used < size - 1);
	line[used] = '\0';
}

void uh_expect(int fd, const char *text)
{
	char line[128];

	for (size_t length; *text; text += length) {
		read_line(fd, line, sizeof(line));
		length = strlen(line);
		if (strncmp(line, text, length))
			TEXT(line, text);
	}
}

const char *uh_who(int fd)
{
	static _Thread_local char line[128];

	SAME(send(fd, "who\n", 4, MSG_NOSIGNAL), 4);
	read_line(fd, line, sizeof(line));
	line[strcspn(line, " \n")] = '\0';
	return line;
}

void uh_talk(int fd)
{
	TEXT(uh_who(fd), "hit");
}

const char *uh_path(const char *name)
{
	static _Thread_local char path[256];

	snprintf(path, sizeof(path), "%s/%s", uh_dir, name);
	return path;
}

static socklen_t unix_name(const char *name, struct sockaddr_un *address)
{
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	memcpy(address->sun_path, uh_path(name), strlen(uh_path(name)));
	return sizeof(*address);
}

int uh_unix_listener(const char *name, int backlog)
{
	struct sockaddr_un address;
	socklen_t length = unix_name(name, &address);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	unlink(address.sun_path);
	SAME(bind(fd, (struct sockaddr *)&address, length), 0);
	chmod(address.sun_path, 0777);
	SAME(listen(fd, backlog), 0);
	return fd;
}

int uh_tcp_listener(int family, uint16_t port, int backlog)
{
	struct uh_peer any = uh_peer(family == AF_INET ? "0.0.0.0" : "::", port);
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	SAME(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)), 0);
	SAME(bind(fd, &any.address, any.length), 0);
	SAME(listen(fd, backlog), 0);
	return fd;
}

void uh_fill_unix(const char *name)
{
	struct sockaddr_un address;
	socklen_t length = unix_name(name, &address);
	int fd, result;

	do {
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		result = connect(fd, (struct sockaddr *)&address, length);
	} while (result == 0);
	SAME(errno, EAGAIN);
	close(fd);
}

/* A SYN to a full queue is dropped: whoever is not connected after a moment never will be. */
void uh_fill_tcp(int family, uint16_t port)
{
	struct uh_peer peer = uh_peer(family == AF_INET ? "127.0.0.1" : "::1", port);
	struct pollfd wait = {.events = POLLOUT};

	do {
		wait.fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		connect(wait.fd, &peer.address, peer.length);
	} while (poll(&wait, 1, 200) == 1);
}

int uh_count_descriptors(void)
{
	DIR *list = opendir("/proc/self/fd");
	int count = -1; /* the listing's own */

	CHECK(list != NULL);
	for (struct dirent *entry; (entry = readdir(list));)
		count += entry->d_name[0] != '.';
	closedir(list);
	return count;
}

long uh_status(const char *name)
{
	char line[256];
	size_t length = strlen(name);
	long value = -1;
	FILE *file = fopen("/proc/self/status", "re");

	while (file && fgets(line, sizeof(line), file)) {
		if (!strncmp(line, name, length) && line[length] == ':')
			value = atol(line + length + 1);
	}
	if (file)
		fclose(file);
	return value;
}

void uh_reap(pid_t child)
{
	int status = -1;

	SAME(waitpid(child, &status, 0), child);
	SAME(status, 0);
}

void uh_in_child(void (*function)(int), int argument)
{
	pid_t child = fork();

	CHECK(child >= 0);
	if (child == 0) {
		function(argument);
		_exit(0);
	}
	uh_reap(child);
}

void uh_enter_seccomp(const struct sock_fprog *program)
{
	SAME(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	SAME(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0), 0);
}

static void run_command(const char *command)
{
	if (system(command) != 0)
		uh_fail(__FILE__, __LINE__, command, NULL);
}

void uh_compile(void)
{
	char command[1024];

	snprintf(command, sizeof(command),
		 "env -u LD_PRELOAD %s/unhairpin compile %s >/dev/null", uh_build,
		 uh_path("unhairpin.conf"));
	run_command(command);
}

void uh_use_compiler(const char *script)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "unset LD_PRELOAD; mkdir -p %s/own && rm -rf %s/own/unhairpin-compiler && "
		 "cp %s/libunhairpin.so %s/own/",
		 uh_dir, uh_dir, uh_build, uh_dir);
	run_command(text);
	setenv("LD_PRELOAD", uh_path("own/libunhairpin.so"), 1);
	if (!script)
		return;
	snprintf(text, sizeof(text), "#!/bin/sh\nDIR=%s COMPILER=%s/unhairpin-compiler\n%s\n",
		 uh_dir, uh_build, script);
	uh_write_file("own/unhairpin-compiler", text, strlen(text));
	SAME(chmod(uh_path("own/unhairpin-compiler"), 0755), 0);
}

void uh_write_file(const char *name, const char *text, size_t length)
{
	int fd = open(uh_path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	CHECK(fd >= 0);
	SAME(write(fd, text, length), (long long)length);
	close(fd);
}

/* SPDX-License-Identifier: MIT */
/*
 * canary_client.c: the test program: connects from many threads with the preload object and
 * prints the first failure.
 */
#include "canary.h"

#include <arpa/inet.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "command/inspect/preload_list.h"

enum { THREADS = 64, ROUNDS = UH_CANARY_CONNECTIONS / THREADS };

static const char answer = 'u';

/* The first failure of any thread. */
static struct {
	atomic_flag taken;
	atomic_bool told;
	char text[256];
} fault = {.taken = ATOMIC_FLAG_INIT};

static bool tell(const char *what)
{
	if (!atomic_flag_test_and_set(&fault.taken)) {
		snprintf(fault.text, sizeof(fault.text), "%s: %s", what, strerror(errno));
		atomic_store(&fault.told, true);
	}
	return false;
}

static int is_our_object(struct dl_phdr_info *info, size_t size, void *context)
{
	struct uh_preload_word word;

	(void)size;
	(void)context;
	return uh_preload_list_find(info->dlpi_name, strlen(info->dlpi_name), &word);
}

static struct sockaddr_in destination(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port =
					  htons((in_port_t)strtoul(UH_CANARY_PORT, NULL, 10))};

	inet_pton(AF_INET, UH_CANARY_ADDRESS, &address.sin_addr);
	return address;
}

/* Answers connections until the process ends, which it does after the other threads. */
static void *serve(void *unused)
{
	for (;;) {
		int fd = accept(UH_CANARY_LISTENER, NULL, NULL);

		if (fd < 0 && errno != EINTR)
			return unused;
		/* The client's own thread reports if the client closed early. */
		if (send(fd, &answer, 1, MSG_NOSIGNAL) != 1)
			errno = 0;
		close(fd);
	}
}

static bool is_answered(int fd, const struct sockaddr_in *asked)
{
	struct sockaddr_in peer = {0};
	socklen_t length = sizeof(peer);
	char byte = 0;

	if (getpeername(fd, (struct sockaddr *)&peer, &length) != 0)
		return tell("getpeername()");
	errno = EPROTO;
	if (length != sizeof(peer) || peer.sin_addr.s_addr != asked->sin_addr.s_addr ||
	    peer.sin_port != asked->sin_port)
		return tell("getpeername() returned another address than that of connect()");
	return (read(fd, &byte, 1) == 1 && byte == answer) ||
	       tell("a routed connection got no answer from its target");
}

static bool connect_once(void)
{
	const struct sockaddr_in asked = destination();
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	bool good;

	if (fd < 0)
		return tell("socket()");
	if (connect(fd, (const struct sockaddr *)&asked, sizeof(asked)) != 0)
		good = tell("a routed connection did not reach its target");
	else
		good = is_answered(fd, &asked);
	close(fd);
	return good;
}

static void *connect_often(void *unused)
{
	for (int round = 0; round < ROUNDS && connect_once(); round++)
		;
	return unused;
}

static bool connect_from_threads(void)
{
	pthread_t server, client[THREADS];
	int started = 0;

	if (pthread_create(&server, NULL, serve, NULL) != 0)
		return tell("pthread_create()");
	while (started < THREADS &&
	       pthread_create(&client[started], NULL, connect_often, NULL) == 0)
		started++;
	if (started < THREADS)
		tell("pthread_create()");
	for (int i = 0; i < started; i++)
		pthread_join(client[i], NULL);
	return !atomic_load(&fault.told);
}

/* Checks that calls without a route behave as without the object. */
static bool connect_unrouted(void)
{
	struct sockaddr_un name = {0};
	socklen_t length = sizeof(name);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	bool good = fd >= 0 &&
		    getsockname(UH_CANARY_LISTENER, (struct sockaddr *)&name, &length) == 0 &&
		    connect(fd, (struct sockaddr *)&name, length) == 0;

	if (!good)
		return tell("cannot connect to a Unix socket");
	close(fd);
	return (connect(-1, (struct sockaddr *)&name, length) == -1 && errno == EBADF) ||
	       tell("connect() on a closed descriptor did not fail with EBADF");
}

/* Checks that a set-user-id program takes no route from its caller's environment. */
static bool ignores_environment(void)
{
	const struct sockaddr_in asked = destination();
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return tell("socket()");
	bool routed = connect(fd, (const struct sockaddr *)&asked, sizeof(asked)) == 0;
	close(fd);
	errno = EPERM;
	return !routed || tell("it took a route from its caller's environment");
}

int uh_canary_main(int argc, char **argv)
{
	bool secure = argc > 1 && strcmp(argv[1], "secure") == 0;

	if (secure && !getauxval(AT_SECURE))
		return UH_STEP_SKIPPED;
	errno = ENOENT;
	if (!dl_iterate_phdr(is_our_object, NULL))
		tell("the object was not loaded");
	else if (connect_unrouted() &&
		 (secure ? ignores_environment() : connect_from_threads()))
		return 0;
	puts(fault.text);
	return 1;
}

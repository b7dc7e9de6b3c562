/* SPDX-License-Identifier: MIT */
/*
 * restarted_service.c: a service behind a Unix socket goes and comes back under load, while the
 * public address stays healthy.
 *
 * Promised: no connect() fails. No request fails either when the service goes in good order: it
 * stops taking connections (shutdown(2) of its listening socket is one step for the kernel: a
 * connection is in the backlog, or it is refused and goes elsewhere), answers what is in its
 * backlog, and ends. A request that is on a connection, or in a backlog, when the service is
 * killed is lost, as it is without us.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "harness.h"

enum { RESTARTS = 50, SERVED = 20, THREADS = 4 };

/* Shared with the service's processes. */
static struct {
	atomic_uint served; /* by the running one */
} * shared;

static struct {
	atomic_bool stop;
	atomic_uint hits, decoys, lost, refused;
} load;

static void serve_one(int fd)
{
	char line[16];

	if (read(fd, line, sizeof(line)) > 0)
		send(fd, "hit\n", 4, MSG_NOSIGNAL);
	close(fd);
	atomic_fetch_add(&shared->served, 1);
}

/* In good order: ends after so many requests, once the backlog is empty. */
static _Noreturn void serve_and_leave(int listener)
{
	int fd;

	while (atomic_load(&shared->served) < SERVED)
		serve_one(accept(listener, NULL, NULL));
	shutdown(listener, SHUT_RD);
	while ((fd = accept(listener, NULL, NULL)) >= 0)
		serve_one(fd);
	_exit(0);
}

static _Noreturn void serve_until_killed(int listener)
{
	for (;;)
		serve_one(accept(listener, NULL, NULL));
}

static pid_t start(void (*service)(int))
{
	pid_t child;
	int listener;

	atomic_store(&shared->served, 0);
	listener = uh_unix_listener("service.sock", 128);
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		service(listener);
	}
	close(listener);
	return child;
}

/* One byte of the answer says who gave it; 0 for none. */
static char request(int fd)
{
	char answer[8], none;

	if (send(fd, "who\n", 4, MSG_NOSIGNAL) != 4 || recv(fd, answer, 4, MSG_WAITALL) != 4)
		return 0;
	while (*answer == 'd' && recv(fd, &none, 1, 0) == 1 && none != '\n')
		;
	return *answer;
}

static void count(int fd)
{
	switch (request(fd)) {
	case 'h':
		atomic_fetch_add(&load.hits, 1);
		break;
	case 'd':
		atomic_fetch_add(&load.decoys, 1);
		break;
	default:
		atomic_fetch_add(&load.lost, 1);
	}
}

static void *request_until_stopped(void *port)
{
	struct uh_peer peer = uh_public_port((uint16_t)(uintptr_t)port);

	while (!atomic_load(&load.stop)) {
		int fd = uh_socket(SOCK_CLOEXEC);

		if (connect(fd, &peer.address, peer.length) == 0)
			count(fd);
		else if (errno == ECONNREFUSED)
			atomic_fetch_add(&load.refused, 1);
		else
			SAME(errno, 0);
		close(fd);
	}
	return NULL;
}

static void begin(pthread_t *thread, uintptr_t port)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	for (int i = 0; i < THREADS; i++)
		SAME(pthread_create(&thread[i], NULL, request_until_stopped, (void *)port), 0);
}

static void end(pthread_t *thread)
{
	atomic_store(&load.stop, true);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
}

static void in_good_order(uintptr_t port)
{
	pthread_t thread[THREADS];

	begin(thread, port);
	for (int i = 0; i < RESTARTS; i++)
		uh_reap(start(serve_and_leave));
	end(thread);
	SAME(load.lost, 0);
	CHECK(load.hits >= RESTARTS * SERVED);
}

static void no_request_fails(void)
{
	in_good_order(1101);
	SAME(load.refused, 0);
	CHECK(load.decoys > 0);
}

/* Without another way a request fails at once, or it is answered. */
static void refused_or_answered(void)
{
	in_good_order(1102);
	SAME(load.decoys, 0);
	CHECK(load.refused > 0);
}

static void killed_and_restarted(uintptr_t port)
{
	pthread_t thread[THREADS];

	begin(thread, port);
	for (int i = 0; i < RESTARTS; i++) {
		pid_t child = start(serve_until_killed);

		while (atomic_load(&shared->served) < SERVED)
			usleep(100);
		kill(child, SIGKILL);
		SAME(waitpid(child, NULL, 0), child);
	}
	end(thread);
	CHECK(load.hits >= RESTARTS * SERVED / 2);
	/* What it took part in, and what was in the backlog that it had not closed yet. */
	CHECK(load.lost <= RESTARTS * THREADS * 2);
}

static void no_connection_fails(void)
{
	killed_and_restarted(1101);
	SAME(load.refused, 0);
}

static void refused_or_connected(void)
{
	killed_and_restarted(1102);
	SAME(load.decoys, 0);
}

static const struct uh_test tests[] = {
    {"50 restarts in good order", no_request_fails, UH_PRELOADED, 0, 120},
    {"50 restarts in good order, refuse", refused_or_answered, UH_PRELOADED, 0, 120},
    {"killed and restarted 50 times", no_connection_fails, UH_PRELOADED, 0, 120},
    {"killed and restarted 50 times, refuse", refused_or_connected, UH_PRELOADED, 0, 120},
};

#define ROUTES(public)                                                                         \
	"route \"" public ":1101\" { to = \"unix:$DIR/service.sock\" }\n"                      \
			  "route \"" public ":1102\" { to = \"unix:$DIR/service.sock\" "       \
					    "on_failure = refuse }\n"

UH_SUITE(tests, "retry_after = 10ms\nretry_limit = 40ms\n" ROUTES("203.0.113.1")
		    ROUTES("[2001:db8::1]"));

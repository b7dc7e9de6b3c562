/* SPDX-License-Identifier: MIT */
/* fork_and_exec.c: a connection is the same in a child, and passes through exec. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>

#include "harness.h"

static void is_the_connection(int fd)
{
	struct uh_peer asked = uh_public(), peer = uh_peername(fd);
	struct uh_peer own = uh_sockname(fd);

	CHECK(uh_peers_equal(&peer, &asked));
	SAME(own.address.sa_family, uh_family);
	uh_talk(fd);
}

static void in_child(void)
{
	int fd = uh_connected();

	uh_in_child(is_the_connection, fd);
	is_the_connection(fd);
}

static void names_agree(void)
{
	int fd = uh_connected(), ends[2];
	struct uh_peer own = uh_sockname(fd), childs;

	SAME(pipe2(ends, O_CLOEXEC), 0);
	pid_t child = fork();
	if (child == 0) {
		childs = uh_sockname(fd);
		SAME(write(ends[1], &childs, sizeof(childs)), sizeof(childs));
		_exit(0);
	}
	uh_reap(child);
	SAME(read(ends[0], &childs, sizeof(childs)), sizeof(childs));
	CHECK(uh_peers_equal(&own, &childs));
}

static void connects(int unused)
{
	(void)unused;
	is_the_connection(uh_connected());
}

static void child_connects(void)
{
	uh_in_child(connects, 0);
	connects(0);
	uh_in_child(connects, 0);
}

static void connects_this(int fd)
{
	uh_connect(fd);
	is_the_connection(fd);
}

/* The socket was made before the fork; only the child connects it. */
static void child_connects_inherited(void)
{
	uh_in_child(connects_this, uh_socket(0));
}

static void closes(int fd)
{
	close(fd);
}

/* A child that closes, or reuses, its copy takes nothing from the parent. */
static void child_closes(void)
{
	int fd = uh_connected();

	uh_in_child(closes, fd);
	is_the_connection(fd);
}

static void reuses(int fd)
{
	struct uh_peer name = {.length = sizeof(name.storage)};
	int other = uh_socket(SOCK_CLOEXEC);

	SAME(dup2(other, fd), fd);
	FAILS(getpeername(fd, &name.address, &name.length), ENOTCONN);
}

static void child_reuses(void)
{
	int fd = uh_connected();

	uh_in_child(reuses, fd);
	is_the_connection(fd);
}

static void grandchild(int fd)
{
	is_the_connection(fd);
	uh_in_child(is_the_connection, fd);
}

static void in_grandchild(void)
{
	uh_in_child(grandchild, uh_connected());
}

/*
 * Option changes after the fork are seen on both sides natively; the connection itself must be.
 */
static void child_outlives(void)
{
	int fd = uh_connected(), ends[2];
	char byte;

	SAME(pipe2(ends, O_CLOEXEC), 0);
	pid_t child = fork();
	if (child == 0) {
		close(ends[1]);
		SAME(read(ends[0], &byte, 1), 0);
		is_the_connection(fd);
		_exit(0);
	}
	close(ends[0]);
	close(fd);
	close(ends[1]);
	uh_reap(child);
}

static void executes(int fd)
{
	char script[128];

	snprintf(script, sizeof(script),
		 "echo hello >&%d; read answer <&%d; test \"$answer\" = \"hit hello\"", fd, fd);
	execl("/bin/sh", "sh", "-c", script, (char *)NULL);
}

static void passes_exec(void)
{
	int fd = uh_socket(0);

	uh_connect(fd);
	SAME(dup2(fd, 5), 5);
	uh_in_child(executes, 5);
	uh_talk(5);
}

static void executes_without(int fd)
{
	char script[128];

	snprintf(script, sizeof(script), "! test -e /proc/self/fd/%d", fd);
	execl("/bin/sh", "sh", "-c", script, (char *)NULL);
}

static void closed_by_exec(void)
{
	uh_in_child(executes_without, uh_connected());
}

static void lists_descriptors(int unused)
{
	(void)unused;
	/* Nothing over 2 but the harness's report and the listing's own. */
	execl("/bin/sh", "sh", "-c",
	      "test \"$(ls /proc/self/fd | tr '\\n' ' ')\" = '0 1 2 3 900 '", (char *)NULL);
}

static void nothing_leaks(void)
{
	for (int i = 0; i < 5; i++)
		uh_connected();
	uh_in_child(lists_descriptors, 0);
}

/* It says when it begins, and is slow, but has the time. */
static void slow_compiler(void)
{
	uh_use_compiler("printf '\\040\\116\\000\\000' >&4\n" /* 20,000 ms */
			": >\"$DIR/begun\"; sleep 0.5; exec \"$COMPILER\" \"$@\"");
	unlink(uh_path("begun"));
}

static void *connects_first(void *unused)
{
	connects(0);
	return unused;
}

/* While a thread of the parent's reads the routes, a child reads them for itself. */
static void child_while_reading(pid_t (*make)(void))
{
	pthread_t thread;
	pid_t child;

	SAME(pthread_create(&thread, NULL, connects_first, NULL), 0);
	while (access(uh_path("begun"), F_OK) != 0)
		usleep(1000);
	child = make();
	if (child == 0) {
		connects(0);
		connects(0);
		_exit(0);
	}
	uh_reap(child);
	SAME(pthread_join(thread, NULL), 0);
}

static void fork_while_reading(void)
{
	child_while_reading(fork);
}

static void plain_fork_while_reading(void)
{
	child_while_reading(_Fork);
}

static pid_t clone_as_fork(void)
{
	return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

static void clone_while_reading(void)
{
	child_while_reading(clone_as_fork);
}

static const struct uh_test tests[] = {
    {"a connection in a child", in_child, UH_EVERY, 0, 0},
    {"getsockname in a child", names_agree, UH_EVERY, 0, 0},
    {"connect in a child", child_connects, UH_EVERY, 0, 0},
    {"connect in a child on an inherited socket", child_connects_inherited, UH_EVERY, 0, 0},
    {"a child closes its copy", child_closes, UH_EVERY, 0, 0},
    {"a child reuses the number", child_reuses, UH_EVERY, 0, 0},
    {"a connection in a grandchild", in_grandchild, UH_EVERY, 0, 0},
    {"a child outlives the parent's copy", child_outlives, UH_EVERY, 0, 0},
    {"a connection passes through exec", passes_exec, UH_EVERY, 0, 0},
    {"exec closes what is close-on-exec", closed_by_exec, UH_EVERY, 0, 0},
    {"no descriptor leaks into exec", nothing_leaks, UH_EVERY, 0, 0},
    {"fork() while a thread reads", fork_while_reading, UH_UNIX, slow_compiler, 0},
    {"_Fork() while a thread reads", plain_fork_while_reading, UH_UNIX, slow_compiler, 0},
    {"clone() while a thread reads", clone_while_reading, UH_UNIX, slow_compiler, 0},
};

UH_SUITE(tests, NULL);

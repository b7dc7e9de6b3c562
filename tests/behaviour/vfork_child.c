/* SPDX-License-Identifier: MIT */
/*
 * vfork_child.c: connect in a vfork child, which shares all memory with its parent, but not the
 * descriptors: what it does to a number must not change what the parent sees under that number.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "harness.h"

/*
 * vfork() itself must not return from a called function; this gives the child a frame of its
 * own.
 */
static void in_shared_memory(int (*function)(void *), void *argument)
{
	char *stack =
	    mmap(NULL, 1 << 18, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t child =
	    clone(function, stack + (1 << 18), CLONE_VM | CLONE_VFORK | SIGCHLD, argument);

	CHECK(child > 0);
	uh_reap(child);
	munmap(stack, 1 << 18);
}

static void plain_vfork(void)
{
	pid_t child;

	uh_talk(uh_connected());
	child = vfork();
	if (child == 0) {
		uh_talk(uh_connected());
		_exit(0);
	}
	uh_reap(child);
	uh_talk(uh_connected());
}

static int connects(void *unused)
{
	(void)unused;
	uh_talk(uh_connected());
	return 0;
}

/* The child is the first to connect: what it read of the routes stays right for the parent. */
static void child_first(void)
{
	in_shared_memory(connects, NULL);
	uh_talk(uh_connected());
	in_shared_memory(connects, NULL);
}

/* The number that the child used is free in the parent. */
static void number_reused(void)
{
	struct uh_peer name = {.length = sizeof(name.storage)}, plain, said;
	int fd;

	uh_talk(uh_connected());
	in_shared_memory(connects, NULL);
	fd = uh_socket(0);
	FAILS(getpeername(fd, &name.address, &name.length), ENOTCONN);
	plain = uh_public_port(UH_PORT_PLAIN);
	SAME(uh_try(fd, &plain), 0);
	said = uh_peername(fd);
	CHECK(uh_peers_equal(&said, &plain));
}

static int replaces(void *number)
{
	int fd = *(int *)number;

	close(fd);
	if (uh_socket(0) != fd)
		return 1;
	uh_connect_port(fd, UH_PORT_PLAIN);
	uh_talk(fd);
	return 0;
}

static void is_the_connection(int fd, const struct uh_peer *own)
{
	struct uh_peer asked = uh_public(), said = uh_peername(fd);

	CHECK(uh_peers_equal(&said, &asked));
	said = uh_sockname(fd);
	CHECK(uh_peers_equal(&said, own));
	uh_talk(fd);
}

/* The child closes the parent's connection in its own table, and connects elsewhere. */
static void parents_number_replaced(void)
{
	int fd = uh_connected();
	struct uh_peer own = uh_sockname(fd);

	in_shared_memory(replaces, &fd);
	is_the_connection(fd, &own);
}

static int connects_elsewhere_routed(void *number)
{
	int fd = *(int *)number, other;

	close(fd);
	other = uh_connected();
	uh_talk(other);
	close(other);
	return other != fd;
}

static void parents_number_routed_again(void)
{
	int fd = uh_connected();
	struct uh_peer own = uh_sockname(fd);

	in_shared_memory(connects_elsewhere_routed, &fd);
	is_the_connection(fd, &own);
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
	connects(NULL);
	return unused;
}

static int connects_somewhere(void *unused)
{
	int fd = uh_connected();

	(void)unused;
	if (strcmp(uh_who(fd), "decoy") != 0)
		uh_talk(fd);
	return 0;
}

/* It waits for the thread, though not for ever. */
static void while_reading(void)
{
	pthread_t thread;

	SAME(pthread_create(&thread, NULL, connects_first, NULL), 0);
	while (access(uh_path("begun"), F_OK) != 0)
		usleep(1000);
	in_shared_memory(connects_somewhere, NULL);
	SAME(pthread_join(thread, NULL), 0);
	in_shared_memory(connects, NULL);
}

static const struct uh_test tests[] = {
    {"connect in a vfork child", plain_vfork, UH_EVERY, 0, 0},
    {"the first connect in a vfork child", child_first, UH_EVERY, 0, 0},
    {"the vfork child's number in the parent", number_reused, UH_EVERY, 0, 0},
    {"a vfork child replaces the parent's number", parents_number_replaced, UH_EVERY, 0, 0},
    {"a vfork child routes the parent's number", parents_number_routed_again, UH_EVERY, 0, 0},
    {"the first connect in a vfork child, from a cache", child_first, UH_ROUTED, uh_compile, 0},
    {"a vfork child while a thread reads", while_reading, UH_UNIX, slow_compiler, 0},
};

UH_SUITE(tests, NULL);

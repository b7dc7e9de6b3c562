/* SPDX-License-Identifier: MIT */
/*
 * exhausted.c: a program that has used up its descriptors or its memory. A connection then goes
 * by its route or where it was asked to; it fails for no reason of ours, and nothing is lost.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "harness.h"

static void limit(__rlimit_resource_t what, rlim_t to)
{
	struct rlimit now;

	SAME(getrlimit(what, &now), 0);
	now.rlim_cur = to;
	SAME(setrlimit(what, &now), 0);
}

static void use_up_descriptors(int keep)
{
	int last = -1, fd;

	limit(RLIMIT_NOFILE, 100);
	while ((fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
		last = fd;
	SAME(errno, EMFILE);
	for (int i = 0; i < keep; i++)
		SAME(close(last - i), 0);
}

/* The right server, or the decoy where a target could not be tried; never an error. */
static void some_answer(int fd)
{
	struct uh_peer asked = uh_public(), said;

	uh_connect(fd);
	said = uh_peername(fd);
	CHECK(uh_peers_equal(&said, &asked));
	if (strcmp(uh_who(fd), uh_in(UH_PLAIN) ? "hit" : "decoy"))
		uh_talk(fd);
}

static void descriptors_at_first(void)
{
	int fd = uh_socket(0);

	use_up_descriptors(0);
	some_answer(fd);
	FAILS(open("/dev/null", O_RDONLY | O_CLOEXEC), EMFILE);
}

/* One that the program has left is ours only while connect() runs. */
static void few_descriptors(void)
{
	for (int left = 1; left < 5; left++) {
		int fd = uh_socket(0);

		use_up_descriptors(left);
		some_answer(fd);
		for (int i = 0; i < left; i++)
			CHECK(open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0);
		FAILS(open("/dev/null", O_RDONLY | O_CLOEXEC), EMFILE);
		close_range(3, 99, 0);
	}
}

static void descriptors_later(void)
{
	int fd = uh_socket(0), after = uh_socket(0);

	uh_talk(uh_connected());
	use_up_descriptors(0);
	some_answer(fd);
	FAILS(open("/dev/null", O_RDONLY | O_CLOEXEC), EMFILE);
	SAME(close(99), 0);
	uh_connect(after);
	uh_talk(after);
}

static rlim_t address_space(void)
{
	return (rlim_t)uh_status("VmSize") * 1024;
}

/*
 * Once the routes are read a connection takes no memory, up to as many as there is room for
 * from the start; those after them may go where they asked to.
 */
static void memory_later(void)
{
	int fd[300];

	uh_talk(uh_connected());
	uh_count_descriptors(); /* what libc's own functions need for this program */
	limit(RLIMIT_AS, address_space());
	for (int i = 0; i < 300; i++) {
		fd[i] = uh_socket(SOCK_CLOEXEC);
		if (i < 60)
			uh_connect(fd[i]);
		else
			some_answer(fd[i]);
	}
	for (int i = 0; i < 60; i++)
		uh_talk(fd[i]);
}

static void first_with(int kilobytes)
{
	int fd = uh_socket(SOCK_CLOEXEC);

	limit(RLIMIT_AS, address_space() + (rlim_t)kilobytes * 1024);
	some_answer(fd);
	limit(RLIMIT_AS, RLIM_INFINITY);
	some_answer(uh_socket(SOCK_CLOEXEC));
}

/* Reading the routes may fail at any step: what the compiler runs on, the image, the version.
 */
static void memory_at_first(void)
{
	for (int kilobytes = 0; kilobytes < 24000; kilobytes += kilobytes < 6000 ? 44 : 1000)
		uh_in_child(first_with, kilobytes);
}

static void first_with_no_heap(int kilobytes)
{
	int fd = uh_socket(SOCK_CLOEXEC);

	limit(RLIMIT_DATA, (rlim_t)uh_status("VmData") * 1024 + (rlim_t)kilobytes * 1024);
	/* cppcheck-suppress leakNoVarFunctionCall */
	while (malloc(16)) /* what the heap has left would be enough for much */
		continue;
	some_answer(fd);
}

static void heap_at_first(void)
{
	for (int kilobytes = 0; kilobytes < 1000; kilobytes += 100)
		uh_in_child(first_with_no_heap, kilobytes);
}

/* By a system call, of which nobody sees that it changes the user: the routes are not read. */
static void first_with_processes(int count)
{
	int fd = uh_socket(SOCK_CLOEXEC), user = 1000000 + (int)getpid();
	struct rlimit most = {(rlim_t)count, (rlim_t)count};

	SAME(setrlimit(RLIMIT_NPROC, &most), 0);
	if (syscall(SYS_setresuid, user, user, user) != 0)
		_exit(0);
	some_answer(fd);
	FAILS(waitpid(-1, NULL, WNOHANG | __WALL), ECHILD);
}

/* The program itself, one more for what starts the compiler, and one for the compiler. */
static void processes_at_first(void)
{
	for (int count = 1; count < 5; count++)
		uh_in_child(first_with_processes, count);
}

static const struct uh_test tests[] = {
    {"no descriptors at the first connect", descriptors_at_first, UH_EVERY, 0, 0},
    {"few descriptors", few_descriptors, UH_EVERY, 0, 0},
    {"no descriptors later", descriptors_later, UH_EVERY, 0, 0},
    {"no memory later", memory_later, UH_EVERY, 0, 0},
    {"little memory at the first connect", memory_at_first, UH_EVERY, 0, 60},
    {"no heap at the first connect", heap_at_first, UH_EVERY, 0, 60},
    {"no processes at the first connect", processes_at_first, UH_EVERY, 0, 0},
};

UH_SUITE(tests, NULL);

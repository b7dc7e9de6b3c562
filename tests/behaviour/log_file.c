/* SPDX-License-Identifier: MIT */
/*
 * log_file.c: what is logged never ends the program, nor makes it wait: to a file that it may
 * not make larger, a full disk, a pipe that nobody reads or that is full, a directory.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "harness.h"

static void log_to(const char *place)
{
	char text[300];

	snprintf(text, sizeof(text), "debug:%s", place);
	setenv("UNHAIRPIN_LOG", text, 1);
}

static void to_file(void)
{
	log_to(uh_path("log"));
}

static void to_standard_error(void)
{
	log_to("stderr");
}

static void to_full_disk(void)
{
	log_to("/dev/full");
}

static void to_directory(void)
{
	log_to(uh_path(""));
}

static void to_fifo(void)
{
	unlink(uh_path("fifo"));
	mkfifo(uh_path("fifo"), 0644);
	log_to(uh_path("fifo"));
}

static volatile sig_atomic_t signalled;

static void note(int number)
{
	signalled = number;
}

static void connects(void)
{
	for (int i = 0; i < 5; i++) {
		int fd = uh_connected();

		uh_talk(fd);
		close(fd);
	}
}

/* Whoever did not write hears nothing of it: neither now nor when the signals are unblocked. */
static void quietly(void)
{
	sigset_t pending;

	connects();
	signal(SIGPIPE, note);
	signal(SIGXFSZ, note);
	connects();
	SAME(signalled, 0);
	sigpending(&pending);
	SAME(sigismember(&pending, SIGPIPE), 0);
	SAME(sigismember(&pending, SIGXFSZ), 0);
}

static void writes_and_connects(void)
{
	struct stat status;

	connects();
	SAME(stat(uh_path("log"), &status), 0);
	CHECK(status.st_size > 0);
}

/* The compiler of routes lifts what it may. */
static void file_limit(void)
{
	struct rlimit none = {0, RLIM_INFINITY};

	signal(SIGXFSZ, SIG_DFL);
	SAME(setrlimit(RLIMIT_FSIZE, &none), 0);
	quietly();
}

static void limit_for_good(void)
{
	struct rlimit none = {0, 0};

	signal(SIGXFSZ, SIG_DFL);
	SAME(setrlimit(RLIMIT_FSIZE, &none), 0);
}

static void file_limit_for_good(void)
{
	limit_for_good();
	quietly();
}

static void to_file_and_compiled(void)
{
	to_file();
	uh_compile();
}

/* An image is a file to the kernel: only a privileged compiler can lift such a limit. */
static void file_limit_and_text(void)
{
	struct uh_peer asked = uh_public();
	int fd = uh_socket(0);

	limit_for_good();
	signal(SIGXFSZ, note);
	SAME(uh_try(fd, &asked), 0);
	if (strcmp(uh_who(fd), "decoy") != 0)
		uh_talk(fd);
	SAME(signalled, 0);
}

/* One that the program has blocked, and that is pending, is its own and stays. */
static void own_signal_stays(void)
{
	struct rlimit none = {0, RLIM_INFINITY};
	sigset_t mine, pending;

	sigemptyset(&mine);
	sigaddset(&mine, SIGXFSZ);
	sigprocmask(SIG_BLOCK, &mine, NULL);
	raise(SIGXFSZ);
	SAME(setrlimit(RLIMIT_FSIZE, &none), 0);
	connects();
	sigpending(&pending);
	SAME(sigismember(&pending, SIGXFSZ), 1);
}

static void broken_pipe(void)
{
	int ends[2];

	SAME(pipe2(ends, O_CLOEXEC), 0);
	SAME(dup2(ends[1], 2), 2);
	close(ends[0]);
	signal(SIGPIPE, SIG_DFL);
	quietly();
}

static void fifo_without_reader(void)
{
	signal(SIGPIPE, SIG_DFL);
	quietly();
}

/* Its reader doesn't read. */
static void full_fifo(void)
{
	int reader = open(uh_path("fifo"), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int writer = open(uh_path("fifo"), O_WRONLY | O_NONBLOCK | O_CLOEXEC);

	CHECK(reader >= 0 && writer >= 0);
	while (write(writer, "full", 4) > 0)
		continue;
	SAME(errno, EAGAIN);
	quietly();
}

static const struct uh_test tests[] = {
    {"a file", writes_and_connects, UH_ROUTED, to_file, 0},
    {"a file that may not grow", file_limit, UH_EVERY, to_file, 0},
    {"a file that may never grow", file_limit_for_good, UH_ROUTED, to_file_and_compiled, 0},
    {"a file that may never grow, from text", file_limit_and_text, UH_ROUTED, to_file, 0},
    {"the program's own SIGXFSZ", own_signal_stays, UH_EVERY, to_file, 0},
    {"a broken pipe for standard error", broken_pipe, UH_EVERY, to_standard_error, 0},
    {"a full disk", quietly, UH_EVERY, to_full_disk, 0},
    {"a directory", quietly, UH_EVERY, to_directory, 0},
    {"a fifo without a reader", fifo_without_reader, UH_EVERY, to_fifo, 0},
    {"a fifo that is full", full_fifo, UH_EVERY, to_fifo, 0},
};

UH_SUITE(tests, NULL);

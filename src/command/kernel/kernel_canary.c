/* SPDX-License-Identifier: MIT */
/* kernel_canary.c: the canary's cgroup, and the child process in it. */
#include "kernel_canary.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel_programs.h"
#include "put_table.h"

#define NAME "unhairpin-canary"

enum {
	LIMIT = 10,	/* seconds for the child */
	REMOVALS = 1000 /* attempts to remove the cgroup, one a millisecond */
};

static bool fail(struct uh_verdict *verdict, const char *what)
{
	snprintf(verdict->fault, sizeof(verdict->fault), "%s: %s", what, strerror(errno));
	return false;
}

/*
 * Makes the cgroup, or takes one that an interrupted command left, and locks it against other
 * commands. Returns the descriptor of its directory, or -1 with errno.
 */
static int open_cgroup(const char *path)
{
	struct stat locked, named;
	int fd;

	for (;;) {
		if (mkdir(path, 0700) != 0 && errno != EEXIST)
			return -1;
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0)
			return -1;
		if (flock(fd, LOCK_EX) != 0 || fstat(fd, &locked) != 0) {
			close(fd);
			return -1;
		}
		/* The command that had the lock removed the cgroup. */
		if (stat(path, &named) == 0 && named.st_ino == locked.st_ino)
			return fd;
		close(fd);
	}
}

/*
 * Removes the cgroup. An ended process can stay in its cgroup for a moment after waitpid(2)
 * (cgroup_task_dead() in linux/kernel/cgroup/cgroup.c).
 */
static bool remove_cgroup(const char *path)
{
	for (int i = 0; i < REMOVALS; i++) {
		if (rmdir(path) == 0)
			return true;
		if (errno != EBUSY)
			return false;
		usleep(1000);
	}
	return false;
}

static bool join(int cgroup)
{
	int fd = openat(cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, "0", 1) == 1;

	if (fd >= 0)
		close(fd);
	return good;
}

/* Moves this process to a network name space in which only the loopback interface is up. */
static bool leave_network(void)
{
	struct ifreq interface = {.ifr_name = "lo"};
	int fd =
	    unshare(CLONE_NEWNET) == 0 ? socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;
	bool good = false;

	if (fd < 0)
		return false;
	if (ioctl(fd, SIOCGIFFLAGS, &interface) == 0) {
		interface.ifr_flags |= IFF_UP;
		good = ioctl(fd, SIOCSIFFLAGS, &interface) == 0;
	}
	close(fd);
	return good;
}

static bool put_routes(int table)
{
	struct uh_rows rows;
	bool good;

	if (!uh_kernel_canary_rows(&rows))
		return false;
	good = uh_kernel_table_put(table, &rows);
	free(rows.row);
	return good;
}

/* Makes the calls before there is a table, with a table, and after it. */
static bool make_calls(int table, struct uh_verdict *verdict)
{
	if (!uh_kernel_canary_calls(false, verdict))
		return false;
	if (!put_routes(table))
		return fail(verdict, "the table cannot be loaded");
	if (!uh_kernel_canary_calls(true, verdict))
		return false;
	if (!uh_kernel_table_clear(table))
		return fail(verdict, "the table cannot be emptied");
	return uh_kernel_canary_calls(false, verdict);
}

/* The child process. The links are attached until it ends, and are pinned nowhere. */
static void perform(int cgroup, struct uh_verdict *verdict)
{
	struct uh_kernel_programs programs;
	bool good;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* A preload object in this process must neither route nor count the calls. */
	setenv("UNHAIRPIN", "off", 1);
	if (!join(cgroup))
		good = fail(verdict, "the cgroup '" NAME "' cannot be entered");
	else if (!leave_network())
		good = fail(verdict, "no network name space can be made");
	else if (!uh_kernel_programs_load(&programs))
		good = fail(verdict, "the kernel does not take the programs");
	else if (!uh_kernel_programs_attach(&programs, cgroup))
		good =
		    fail(verdict, "the programs cannot be attached to the cgroup '" NAME "'");
	else
		good = make_calls(uh_kernel_programs_table(&programs), verdict);
	if (good)
		*verdict->fault = '\0';
	_exit(0);
}

/* Waits until the child has ended, and kills it at the time limit. */
static void await(pid_t child)
{
	struct pollfd ended = {.fd = (int)syscall(SYS_pidfd_open, child, 0), .events = POLLIN};

	if (ended.fd < 0 || poll(&ended, 1, LIMIT * 1000) != 1)
		kill(child, SIGKILL);
	if (ended.fd >= 0)
		close(ended.fd);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
}

/*
 * The child returns its verdict through shared memory. The fault there is never empty until the
 * child has succeeded, so that one that is killed has failed.
 */
static void run_child(int cgroup, struct uh_verdict *verdict)
{
	struct uh_verdict *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
					 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t child = -1;

	if (shared != MAP_FAILED) {
		strcpy(shared->fault,
		       "the test process ended before it had loaded the programs");
		signal(SIGCHLD, SIG_DFL); /* if it is ignored, waitpid(2) gets no status */
		child = fork();
	}
	if (child == 0)
		perform(cgroup, shared);
	if (child < 0) {
		fail(verdict, "no test process can be started");
	} else {
		await(child);
		*verdict = *shared;
	}
	if (shared != MAP_FAILED)
		munmap(shared, sizeof(*shared));
}

bool uh_kernel_canary(struct uh_verdict *verdict)
{
	char path[PATH_MAX + sizeof("/" NAME)];
	struct uh_cgroup root;
	int cgroup;

	*verdict = (struct uh_verdict){"", ""};
	if (!uh_cgroup_find(NULL, &root))
		return fail(verdict, "no cgroup hierarchy of version 2 can be used");
	snprintf(path, sizeof(path), "%s/" NAME, root.path);
	cgroup = open_cgroup(path);
	if (cgroup < 0)
		return fail(verdict, "the cgroup '" NAME "' cannot be made");
	run_child(cgroup, verdict);
	if (!remove_cgroup(path) && !*verdict->fault)
		fail(verdict, "the cgroup '" NAME "' cannot be removed");
	close(cgroup);
	return !*verdict->fault;
}

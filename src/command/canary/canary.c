/* SPDX-License-Identifier: MIT */
/* canary.c: runs the test programs one after the other. */
#include "canary.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "counter_file.h"

/*
 * The stage's descriptors are at least this, so that they cannot collide with the programs'
 * own.
 */
#define LOW 16

/* The state of the child process that runs the test programs. */
struct stage {
	const struct uh_canary *canary;
	struct uh_verdict *verdict;
	int program;	   /* a descriptor of this command, to be executed */
	int listener;	   /* the listening Unix socket: the target of the test route */
	bool private_etc;  /* the programs have an /etc of their own; else LD_PRELOAD */
	char *variable[7]; /* the programs' environment */
	char routes[192];
	char preload[PATH_MAX + sizeof("LD_PRELOAD=")];
};

static bool fail(struct stage *stage, const char *what)
{
	snprintf(stage->verdict->fault, sizeof(stage->verdict->fault), "%s: %s", what,
		 strerror(errno));
	return false;
}

static int above_low(int fd)
{
	int high = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, LOW);

	if (fd >= 0)
		close(fd);
	return high;
}

/*
 * Opens the target of the test route. The kernel chooses its abstract name, which is free and
 * needs no directory.
 */
static bool listen_for_canary(struct stage *stage)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	socklen_t length = sizeof(name);
	int fd = above_low(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));

	stage->listener = fd;
	if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof(sa_family_t)) != 0 ||
	    listen(fd, SOMAXCONN) != 0 ||
	    getsockname(fd, (struct sockaddr *)&name, &length) != 0)
		return fail(stage, "cannot listen on a Unix socket");
	snprintf(stage->routes, sizeof(stage->routes),
		 "UNHAIRPIN_ROUTES=" UH_CANARY_ADDRESS ":" UH_CANARY_PORT "=unix:@%s",
		 name.sun_path + 1);
	return true;
}

static void set_environment(struct stage *stage)
{
	char **variable = stage->variable;

	*variable++ =
	    (char *)"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	*variable++ = (char *)"LC_ALL=C";
	/* The machine's configuration is not tested here. */
	*variable++ = (char *)"UNHAIRPIN_CONF=/dev/null";
	*variable++ = (char *)UH_STATS_VARIABLE "=off";
	*variable++ = stage->routes;
	snprintf(stage->preload, sizeof(stage->preload), "LD_PRELOAD=%s",
		 stage->canary->object);
	if (!stage->private_etc)
		*variable = stage->preload;
}

/* Prepares the name space, the root directory and the listener for the programs. */
static bool enter(struct stage *stage)
{
	const struct uh_canary *canary = stage->canary;

	if (canary->text)
		stage->program = uh_canary_etc(canary->etc, canary->text, canary->size);
	stage->private_etc = stage->program >= 0;
	if (canary->text && !stage->private_etc)
		snprintf(stage->verdict->skipped, sizeof(stage->verdict->skipped),
			 "a set-user-id program, and /etc/ld.so.preload itself: no mount name "
			 "space could be made (%s)",
			 strerror(errno));
	if (!stage->private_etc)
		stage->program = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	stage->program = above_low(stage->program);
	if (stage->program < 0)
		return fail(stage, "/proc/self/exe");
	if ((*canary->root && chroot(canary->root) != 0) || chdir("/") != 0)
		return fail(stage, canary->root);
	/* The set-user-id program ignores the variable that switches counting off. */
	if (stage->private_etc)
		mount("none", UH_STATS_DIRECTORY, "tmpfs", MS_RDONLY, "size=4k");
	return listen_for_canary(stage);
}

static bool run_one(struct stage *stage, const struct uh_step *step)
{
	struct uh_verdict *verdict = stage->verdict;
	int status = uh_step_run(step, stage->variable, step->fd < 0 ? -1 : stage->listener,
				 verdict->fault, sizeof(verdict->fault));

	if (status == UH_STEP_SKIPPED)
		snprintf(verdict->skipped, sizeof(verdict->skipped),
			 "%s: set-user-id programs are disabled here (nosuid)", step->name);
	return status >= 0;
}

static void run_all(struct stage *stage)
{
	char *true_argv[] = {(char *)"/bin/true", NULL};
	char *sh_argv[] = {(char *)"/bin/sh", (char *)"-c", (char *)"echo out; exit 7", NULL};
	char *threads_argv[] = {(char *)UH_CANARY_NAME, (char *)"threads", NULL};
	char *secure_argv[] = {(char *)UH_CANARY_NAME, (char *)"secure", NULL};
	const struct uh_step step[] = {
	    {"true", true_argv, -1, false, "", 0},
	    {"sh", sh_argv, -1, false, "out\n", 7},
	    {"64 connecting threads", threads_argv, stage->program, false, "", 0},
	    {"a set-user-id program", secure_argv, stage->program, true, "", 0},
	};
	size_t count = sizeof(step) / sizeof(*step) - !stage->private_etc;

	for (size_t i = 0; i < count; i++)
		if (!run_one(stage, &step[i]))
			break;
}

static void perform(struct stage *stage)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGCHLD, SIG_DFL);
	if (null >= 0)
		dup2(null, STDIN_FILENO);
	if (!enter(stage))
		return;
	set_environment(stage);
	run_all(stage);
}

/*
 * The child process returns its verdict through shared memory. If it ends early, that is a
 * failure too.
 */
bool uh_canary(const struct uh_canary *canary, struct uh_verdict *verdict)
{
	struct stage stage = {.canary = canary, .program = -1};
	int status = 0;
	pid_t child;

	*verdict = (struct uh_verdict){"", ""};
	stage.verdict = mmap(NULL, sizeof(*verdict), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	child = stage.verdict == MAP_FAILED ? -1 : fork();
	if (child == 0) {
		perform(&stage);
		_exit(0);
	}
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (stage.verdict != MAP_FAILED) {
		*verdict = *stage.verdict;
		munmap(stage.verdict, sizeof(*verdict));
	}
	if (child < 0 || status != 0)
		snprintf(verdict->fault, sizeof(verdict->fault),
			 "the test programs could not be run");
	return !*verdict->fault;
}

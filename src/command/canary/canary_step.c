/* SPDX-License-Identifier: MIT */
/*
 * canary_step.c: runs one test program with a time limit and checks its output and exit status.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "canary.h"

enum { LIMIT = 10 /* seconds */, NOBODY = 65534, CANNOT_EXECUTE = 126 };

static void execute(const struct uh_step *step, char **environment, int listener, int output)
{
	sigset_t none;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGALRM, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	alarm(LIMIT);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	if (listener >= 0)
		dup2(listener, UH_CANARY_LISTENER);
	if (step->other_user &&
	    (setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 ||
	     setresuid(NOBODY, NOBODY, NOBODY) != 0))
		_exit(UH_STEP_SKIPPED);
	if (step->fd >= 0)
		fexecve(step->fd, step->argv, environment);
	else
		execve(step->argv[0], step->argv, environment);
	dprintf(STDOUT_FILENO, "cannot be executed: %s", strerror(errno));
	_exit(CANNOT_EXECUTE);
}

/*
 * Reads the output until no process has it open for writing (the alarm ends the program itself,
 * the deadline its children). Bytes beyond size - 1 are dropped. Returns false at the deadline
 * or on an error.
 */
static bool read_output(int fd, char *text, size_t size)
{
	struct pollfd readable = {.fd = fd, .events = POLLIN};
	const uint64_t deadline = uh_clock_ms() + (uint64_t)(LIMIT + 1) * 1000;
	size_t length = 0;
	char rest[256] = "";

	for (;;) {
		bool full = length == size - 1;
		uint64_t now = uh_clock_ms();
		int ready = poll(&readable, 1, now < deadline ? (int)(deadline - now) : 0);
		ssize_t part = ready > 0 ? read(fd, full ? rest : text + length,
						full ? sizeof(rest) : size - 1 - length)
					 : ready;

		if (part == 0 || (part < 0 && errno != EINTR)) {
			text[length] = '\0';
			return ready > 0;
		}
		length += part > 0 && !full ? (size_t)part : 0;
	}
}

/* Cuts the text after its first line and replaces control characters. */
static void make_line(char *text)
{
	text[strcspn(text, "\n")] = '\0';
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 127)
			*text = '?';
}

static int judge(const struct uh_step *step, int status, char *output, char *fault, size_t size)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
		snprintf(fault, size, "%s: did not end in %d seconds", step->name, LIMIT);
	} else if (WIFSIGNALED(status)) {
		snprintf(fault, size, "%s: was killed by signal %d (%s)", step->name,
			 WTERMSIG(status), strsignal(WTERMSIG(status)));
	} else if (WEXITSTATUS(status) == UH_STEP_SKIPPED && !*output) {
		return UH_STEP_SKIPPED;
	} else if (strcmp(output, step->expected) != 0) {
		make_line(output);
		snprintf(fault, size, "%s: printed '%s'; expected %s", step->name, output,
			 *step->expected ? "only its own output" : "no output");
	} else if (WEXITSTATUS(status) != step->status) {
		snprintf(fault, size, "%s: exit status %d; expected %d", step->name,
			 WEXITSTATUS(status), step->status);
	} else {
		return step->status;
	}
	return -1;
}

int uh_step_run(const struct uh_step *step, char **environment, int listener, char *fault,
		size_t size)
{
	int output[2], status;
	char text[512];
	pid_t child = pipe2(output, O_CLOEXEC) == 0 ? fork() : -1;

	if (child < 0) {
		snprintf(fault, size, "%s: cannot be started: %s", step->name, strerror(errno));
		return -1;
	}
	if (child == 0)
		execute(step, environment, listener, output[1]);
	setpgid(child, child); /* the child does the same; the first one wins */
	close(output[1]);
	bool ended = read_output(output[0], text, sizeof(text));
	close(output[0]);
	if (!ended)
		kill(-child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (ended)
		return judge(step, status, text, fault, size);
	snprintf(fault, size, "%s: left a process behind that did not end in %d seconds",
		 step->name, LIMIT);
	return -1;
}

/* SPDX-License-Identifier: MIT */
/* child.c: runs a command and forwards signals to it. */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "preload_env.h"
#include "command/cli/diag.h"

/*
 * Executes the command in the child process. If that fails, writes errno to the pipe; a pipe
 * that closes without one means success.
 */
static void execute(const struct uh_child *child, char *const argv[], int output, int tell)
{
	int error;

	sigprocmask(SIG_SETMASK, &child->before, NULL);
	if (output == STDOUT_FILENO || dup2(output, STDOUT_FILENO) >= 0)
		execvp(argv[0], argv);
	error = errno;
	if (write(tell, &error, sizeof(error)) < 0)
		_exit(UH_LAUNCH_FAILED);
	_exit(UH_CANNOT_EXECUTE);
}

static bool take_signals(struct uh_child *child)
{
	sigset_t set;

	/* If SIGCHLD is ignored, no SIGCHLD arrives and children leave no status: wait(2). */
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	child->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return child->signals >= 0 && sigprocmask(SIG_BLOCK, &set, &child->before) == 0;
}

static int fail(void)
{
	uh_error("the command cannot be started: %s", strerror(errno));
	return UH_LAUNCH_FAILED;
}

int uh_child_start(struct uh_child *child, char *const argv[], int output)
{
	siginfo_t none;
	int tell[2], error;

	*child = (struct uh_child){.signals = -1};
	child->alone = waitid(P_ALL, 0, &none, WEXITED | WNOHANG | WNOWAIT) != 0 &&
		       prctl(PR_SET_CHILD_SUBREAPER, 1) == 0;
	if (!take_signals(child) || pipe2(tell, O_CLOEXEC) != 0)
		return fail();
	child->process = fork();
	if (child->process == 0)
		execute(child, argv, output, tell[1]);
	close(tell[1]);
	if (child->process < 0) {
		close(tell[0]);
		return fail();
	}
	if (read(tell[0], &error, sizeof(error)) != (ssize_t)sizeof(error))
		error = 0;
	close(tell[0]);
	if (!error)
		return 0;
	waitpid(child->process, NULL, 0);
	errno = error;
	return uh_preload_env_failed(argv);
}

/* Returns true if no descendant is left. */
static bool reap(struct uh_child *child)
{
	pid_t process;
	int status;

	while ((process = waitpid(child->alone ? -1 : child->process, &status, WNOHANG)) > 0) {
		if (process != child->process)
			continue;
		child->ended = true;
		child->status = status;
	}
	return process < 0;
}

bool uh_child_attend(struct uh_child *child)
{
	struct signalfd_siginfo signal;

	while (read(child->signals, &signal, sizeof(signal)) == (ssize_t)sizeof(signal)) {
		if (signal.ssi_signo == SIGCHLD)
			continue;
		child->ending++;
		if (child->ended)
			continue;
		child->status = (int)signal.ssi_signo;
		/* The kernel sends the terminal's signals to the whole foreground group. */
		if (signal.ssi_code != SI_KERNEL)
			kill(child->process, (int)signal.ssi_signo);
	}
	return reap(child) || (child->ended && child->ending) || child->ending > 1;
}

int uh_child_status(struct uh_child *child)
{
	static const struct rlimit none = {0, 0};
	int number;

	if (WIFEXITED(child->status))
		return WEXITSTATUS(child->status);
	number = WTERMSIG(child->status);
	setrlimit(RLIMIT_CORE, &none); /* no second core dump */
	signal(number, SIG_DFL);
	sigprocmask(SIG_SETMASK, &child->before, NULL);
	raise(number);
	return 128 + number;
}

/* SPDX-License-Identifier: MIT */
/* child.h: a command that is run to its end, with the signals that end programs handed on. */
#ifndef UH_CHILD_H
#define UH_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* signals: a signalfd(2) of what is handed on, and of SIGCHLD; status: as wait(2) gives it. */
struct uh_child {
	pid_t process;
	int signals, status;
	unsigned ending; /* how many signals that end programs there were */
	sigset_t before;
};

/*
 * Starts argv[0], found in PATH, with this process's environment, its standard output being
 * that of descriptor output. Returns 0, or the exit status for a failure, reported.
 */
int uh_child_start(struct uh_child *child, char *const argv[], int output);

/*
 * To be called when child->signals is readable. A signal that was sent to this process goes to
 * the child too; one of the terminal reached it already. Returns true when the child has ended,
 * or SIGINT, SIGTERM, SIGHUP or SIGQUIT came a second time: it is then left to itself, and the
 * status is that of the signal.
 */
bool uh_child_attend(struct uh_child *child);

/*
 * The exit status of a child that has ended. Where a signal was its end, that ends this process
 * as well, so that whoever waits for it sees what it would have seen of the child: then this
 * does not return.
 */
int uh_child_status(struct uh_child *child);

#endif

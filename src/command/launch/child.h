/* SPDX-License-Identifier: MIT */
/*
 * child.h: runs a command until it and its descendants have ended, and forwards the signals
 * that end programs.
 */
#ifndef UH_CHILD_H
#define UH_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* signals is a signalfd(2) for the forwarded signals and SIGCHLD; status is that of wait(2). */
struct uh_child {
	pid_t process;
	int signals, status;
	bool ended; /* the command itself; its descendants may run on */
	bool
	    alone; /* this process had no children before, so all that it has are descendants */
	unsigned ending; /* number of forwarded signals received so far */
	sigset_t before;
};

/*
 * Starts argv[0], looked up in PATH, with this process's environment and with descriptor output
 * as its standard output. Returns 0, or the exit status for a failure, after reporting it. Not
 * async-signal-safe.
 */
int uh_child_start(struct uh_child *child, char *const argv[], int output);

/*
 * Call it when child->signals is readable. Forwards a signal that was sent to this process; a
 * signal of the terminal has reached the child already. Returns true if the child and all its
 * descendants have ended; if this process had children before, the child alone counts.
 *
 * Returns true also at the second SIGINT, SIGTERM, SIGHUP or SIGQUIT: the child is then
 * abandoned, and status is that of the signal. After the child's end the first of these signals
 * abandons the descendants, also if it was received before. Not async-signal-safe.
 */
bool uh_child_attend(struct uh_child *child);

/*
 * Returns the exit status of a child that has ended, or 0 if it has not. If a signal ended the
 * child, this process ends itself by the same signal and does not return, so that its parent
 * sees the child's end.
 */
int uh_child_status(struct uh_child *child);

#endif

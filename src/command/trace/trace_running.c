/* SPDX-License-Identifier: MIT */
/* trace_running.c: traces a unit, a process, or all processes, while they run. */
#include "trace_running.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "command/cli/diag.h"
#include "traceable.h"

enum { FAILED = 1, LOOK_MS = 1000 };

static bool select_unit(struct uh_selection *selection, const char *unit)
{
	selection->kind = UH_SELECT_CGROUP;
	if (uh_cgroup_find(unit, &selection->cgroup))
		return true;
	uh_error("%s: %s", unit,
		 errno == ENOENT     ? "has no cgroup: the unit does not run; start it first"
		 : errno == ENOTUNIQ ? "several cgroups have this name; use --pid"
				     : strerror(errno));
	return false;
}

/* Returns a signalfd(2) for the signals that end a trace, or -1. */
static int take_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* The trace also ends if nobody reads it any more. */
static void collect(struct uh_trace_output *output, int signals, unsigned seconds)
{
	struct pollfd ready[] = {{.fd = signals, .events = POLLIN},
				 {.fd = output->collector.waiting, .events = POLLIN}};
	uint64_t now = uh_clock_ms(), end = now + 1000ull * seconds, look = now + LOOK_MS;
	bool ended = false;

	while (!ended && !output->error && (!seconds || now < end)) {
		uint64_t until = seconds && end < look ? end : look;

		poll(ready, 2, until > now ? (int)(until - now) : 0);
		uh_collector_read(&output->collector);
		now = uh_clock_ms();
		ended = ready[0].revents;
		if (now < look)
			continue;
		ended |= !uh_selection_refresh(output->collector.selection);
		look = now + LOOK_MS;
	}
	uh_collector_hide(&output->collector);
	uh_collector_drain(&output->collector);
}

static bool trace(struct uh_trace_output *output, const char *unit, unsigned seconds)
{
	struct uh_selection *selection = output->collector.selection;
	const char *path = output->collector.socket.path;
	char process[24];
	char *words[] = {"--all", NULL};
	int signals;
	bool good;

	if (!uh_traceable(selection, unit, path))
		return false;
	signals = take_signals();
	if (signals < 0) {
		uh_error("%s", strerror(errno));
		return false;
	}
	snprintf(process, sizeof(process), "--pid=%d", (int)selection->process);
	if (unit)
		words[0] = (char *)unit;
	else if (selection->process)
		words[0] = process;
	uh_trace_output_begin(output, words);
	collect(output, signals, seconds);
	good = uh_trace_output_report(output);
	if (selection->gone)
		uh_error("trace: %lu message%s of processes that ended at once %s not "
			 "attributed, and so not recorded",
			 selection->gone, selection->gone == 1 ? "" : "s",
			 selection->gone == 1 ? "was" : "were");
	close(signals);
	return good;
}

int uh_trace_running(struct uh_trace_output *output, const char *unit, pid_t process,
		     unsigned seconds)
{
	struct uh_selection selection = {.process = process};
	int status = FAILED;

	if (process)
		selection.kind = UH_SELECT_PROCESS;
	if (unit && !select_unit(&selection, unit))
		return FAILED;
	if (uh_trace_output_open(output, &selection) && trace(output, unit, seconds))
		status = 0;
	uh_trace_output_close(output);
	uh_selection_free(&selection);
	return status;
}

/* SPDX-License-Identifier: MIT */
/* trace_running.h: a trace of processes that run already. */
#ifndef UH_TRACE_RUNNING_H
#define UH_TRACE_RUNNING_H

#include <sys/types.h>

#include "trace_output.h"

/*
 * Traces the processes of a unit, or a process (0: none) and its descendants, or with neither
 * all processes, until the last of them ends, a signal ends the trace, or the seconds (0: no
 * limit) are over. Then prints the report. Returns the exit status: 0, or 1 on failure, after
 * reporting it. Not async-signal-safe.
 */
int uh_trace_running(struct uh_trace_output *output, const char *unit, pid_t process,
		     unsigned seconds);

#endif

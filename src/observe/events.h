/* SPDX-License-Identifier: MIT */
/* events.h: reports routed connections to the log, the counters and the trace. */
#ifndef UH_EVENTS_H
#define UH_EVENTS_H

#include "socket/decision.h"

/*
 * An uh_tell_function. It counts the connection, notes its route for the trace, and logs it: at
 * "debug" if a target took the connection, at "info" if none did, at "warning" if no route
 * knows the stand-in that the program connects to. errno is kept.
 */
uh_tell_function uh_tell;

/* An uh_tell_target_function. It logs a target that does not answer at "warning", and one that
 * answers again at "info"; at most 20 lines a minute. A line that another process of this
 * machine has logged lately is left out (said_targets.h). */
uh_tell_target_function uh_tell_target;

#endif

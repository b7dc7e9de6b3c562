/* SPDX-License-Identifier: MIT */
/* events.h: what is said of a connection that has a route. */
#ifndef UH_EVENTS_H
#define UH_EVENTS_H

#include "socket/decision.h"

/*
 * An uh_tell_function that writes to the log: at "debug" where a target took it, at "info"
 * where none did, at "warning" where no route knows a stand-in; and that counts it, and lets
 * the trace know.
 */
uh_tell_function uh_tell;

/* An uh_tell_target_function that writes to the log: at "warning" where a target does not
 * answer, at "info" where it does again; at most 20 lines in a minute. */
uh_tell_target_function uh_tell_target;

/* True when uh_tell has anybody to tell, as things are now. Async-signal-safe. */
bool uh_tells(void);

#endif

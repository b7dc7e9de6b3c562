/* SPDX-License-Identifier: MIT */
/* timed_connect.h: connects to a target and tells what came of it. */
#ifndef UH_DIAL_H
#define UH_DIAL_H

#include <sys/types.h>

#include "table/route.h"

/* What an attempt showed. */
struct uh_dial {
	int error;     /* 0: it answers; ETIMEDOUT: not within the time */
	bool stranger; /* it answers, but none of the users that should run it does */
	double microseconds;
	bool has_peer; /* a Unix target that answers: who listens there */
	uid_t user;
	pid_t process;
};

/*
 * From now on nothing that this process connects to or looks up is routed, though the object
 * may be preloaded into it. To be called before the first connection. False: no memory,
 * reported.
 */
bool uh_dial_begin(void);

/*
 * Connects to a target by a stream socket that waits at most so many milliseconds for a
 * connection. Returns the socket, which the caller closes, or -1 with errno (ETIMEDOUT: not
 * within the time).
 */
int uh_dial_open(const struct uh_target *target, unsigned timeout_ms);

/*
 * Connects to a target (UH_TARGET_IP with a port, or UH_TARGET_UNIX) by a stream socket, waits
 * at most so many milliseconds, and closes it: no byte is sent.
 */
struct uh_dial uh_dial(const struct uh_target *target, unsigned timeout_ms);

/* The same five times over: that with the median time, or the first failure. */
struct uh_dial uh_dial_median(const struct uh_target *target, unsigned timeout_ms);

/* What uh_dial's error means, for people. */
const char *uh_dial_text(const struct uh_dial *dial);

/* The same for an errno of uh_dial_open's. */
const char *uh_dial_error_text(int error);

#endif

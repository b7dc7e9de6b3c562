/* SPDX-License-Identifier: MIT */
/* timed_connect.h: connects to a target and tells what came of it. */
#ifndef UH_TIMED_CONNECT_H
#define UH_TIMED_CONNECT_H

#include <sys/types.h>

#include "table/route.h"

/* What an attempt showed. */
struct uh_timed_connect {
	int error;	 /* 0: it answers; ETIMEDOUT: not within the time */
	bool wrong_peer; /* it answers, but none of the users that should run it does */
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
bool uh_timed_connect_begin(void);

/*
 * Connects to a target by a stream socket that waits at most so many milliseconds for a
 * connection. Returns the socket, which the caller closes, or -1 with errno (ETIMEDOUT: not
 * within the time).
 */
int uh_timed_connect_open(const struct uh_target *target, unsigned timeout_ms);

/*
 * Connects to a target (UH_TARGET_IP with a port, or UH_TARGET_UNIX) by a stream socket, waits
 * at most so many milliseconds, and closes it: no byte is sent.
 */
struct uh_timed_connect uh_timed_connect(const struct uh_target *target, unsigned timeout_ms);

/* The same five times over: that with the median time, or the first failure. */
struct uh_timed_connect uh_timed_connect_median(const struct uh_target *target,
						unsigned timeout_ms);

/* What uh_timed_connect's error means, for people. */
const char *uh_timed_connect_text(const struct uh_timed_connect *dial);

/* The same for an errno of uh_timed_connect_open's. */
const char *uh_timed_connect_error_text(int error);

#endif

/* SPDX-License-Identifier: MIT */
/* timed_connect.h: connects to a target and measures the time. */
#ifndef UH_TIMED_CONNECT_H
#define UH_TIMED_CONNECT_H

#include <sys/types.h>

#include "table/route.h"

/* The outcome of one attempt. */
struct uh_timed_connect {
	int error;	 /* 0: the target answers; ETIMEDOUT: it did not answer in time */
	bool wrong_peer; /* the target answers, but the listener is not in peer_user */
	double microseconds;
	bool has_peer; /* of a Unix target: user and process are the listener's */
	uid_t user;
	pid_t process;
};

/*
 * Turns routing off for this process, in case the object is preloaded into it. Call it before
 * the first connection or look-up of a name. Returns false if memory ran out (reported).
 */
bool uh_timed_connect_begin(void);

/*
 * Connects a stream socket to a target within timeout_ms milliseconds. Returns the socket,
 * which the caller closes, or -1 with errno (ETIMEDOUT after the time limit).
 */
int uh_timed_connect_open(const struct uh_target *target, unsigned timeout_ms);

/*
 * Connects a stream socket to a target (UH_TARGET_IP with a port, or UH_TARGET_UNIX) within
 * timeout_ms milliseconds and closes it. No byte is sent.
 */
struct uh_timed_connect uh_timed_connect(const struct uh_target *target, unsigned timeout_ms);

/*
 * Does the same five times. Returns the attempt with the median time, or the first that failed.
 */
struct uh_timed_connect uh_timed_connect_median(const struct uh_target *target,
						unsigned timeout_ms);

/* Returns the outcome as a text for people. */
const char *uh_timed_connect_text(const struct uh_timed_connect *dial);

/* Returns an errno of uh_timed_connect_open() as a text for people. */
const char *uh_timed_connect_error_text(int error);

#endif

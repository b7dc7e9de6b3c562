/* SPDX-License-Identifier: MIT */
/* collector.h: the socket on which traced programs tell of their connections. */
#ifndef UH_COLLECTOR_H
#define UH_COLLECTOR_H

#include "pending.h"

/* An open channel. lost counts connections that could not be told of, as far as is known. */
struct uh_collector {
	int listener,
	    waiting;	  /* waiting: an epoll set of it and of those who have yet to speak */
	unsigned clients; /* how many of those there are */
	unsigned long lost;
	struct uh_pending *pending; /* connections without an outcome */
	uint64_t began;		    /* nanoseconds of CLOCK_MONOTONIC: the trace's time 0 */
	char key[UH_TRACE_KEY + 1];
	char variable[96]; /* the value of UNHAIRPIN_TRACE */
};

/* Opens one; time 0 is now. False: reported. */
bool uh_collector_open(struct uh_collector *channel);
void uh_collector_close(struct uh_collector *channel);

/*
 * Gives all whose outcome has been told by now to take; the descriptor channel->waiting is
 * readable when there is something. A message that doesn't begin with the key is dropped.
 * False: take said so.
 */
bool uh_collector_read(struct uh_collector *channel, uh_take_event *take, void *context);

/*
 * The same when the programs have ended: whoever has connected by now is waited for, a tenth of
 * a second at most. Connections without an outcome are given too.
 */
bool uh_collector_drain(struct uh_collector *channel, uh_take_event *take, void *context);

#endif

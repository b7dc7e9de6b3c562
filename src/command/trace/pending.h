/* SPDX-License-Identifier: MIT */
/* pending.h: connections of a trace that went on after their call, until their outcome is told.
 */
#ifndef UH_PENDING_H
#define UH_PENDING_H

#include "aggregate.h"

/* How a connection ended. */
struct uh_outcome {
	uint64_t identity; /* of its socket */
	int error;	   /* 0: connected; errno; or an uh_trace_error */
	double time; /* when the program learnt it, as in uh_event; negative: nobody knows */
};

struct uh_pending;

/* NULL: no memory. */
struct uh_pending *uh_pending_new(void);
void uh_pending_free(struct uh_pending *pending);

/*
 * Takes a connection as its call returned, and gives it to take as soon as its outcome is
 * known, which may be at once. A failed call that asked about an earlier connection of the same
 * socket is that one's outcome. Returns what take returned.
 */
bool uh_pending_connect(struct uh_pending *pending, const struct uh_event *event,
			uh_take_event *take, void *context);

/*
 * Takes an outcome. One that comes before its connection, as another thread may send it, is
 * kept for it; one that belongs to none is dropped in the end. UH_TRACE_FAILED waits for the
 * errno.
 */
bool uh_pending_outcome(struct uh_pending *pending, const struct uh_outcome *outcome,
			uh_take_event *take, void *context);

/* Gives all that are left, as far as they are known. */
bool uh_pending_flush(struct uh_pending *pending, uh_take_event *take, void *context);

#endif

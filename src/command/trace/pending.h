/* SPDX-License-Identifier: MIT */
/* pending.h: connections that went on after their call, until their outcome is known. */
#ifndef UH_PENDING_H
#define UH_PENDING_H

#include "command/trace/connections/connection.h"

/* Receives a connection whose outcome is known, or will never be. */
typedef void uh_on_connection(void *context, const struct uh_connection *connection);

/* How a connection ended. */
struct uh_outcome {
	uint64_t identity; /* of its socket, as in struct uh_trace_message */
	int error;	   /* 0: connected; an errno value; or an enum uh_trace_error */
	double time;	   /* when the program learnt it, as in struct uh_connection; negative:
			      not known */
};

struct uh_pending;

/* Connections will be given to report(context, …). Returns NULL if memory ran out. */
struct uh_pending *uh_pending_new(uh_on_connection *report, void *context);
void uh_pending_free(struct uh_pending *pending);

/*
 * Adds a connection as its call returned; it is reported as soon as its outcome is known, which
 * may be at once. identity is that of its socket, or 0 if no outcome will follow. If the call
 * failed and only asked about an earlier connection of the same socket, its error is the
 * outcome of that one. The connection's texts must live until it is reported.
 */
void uh_pending_connect(struct uh_pending *pending, uint64_t identity,
			const struct uh_connection *connection);

/*
 * Adds an outcome. One that arrives before its connection, as another thread may send it, is
 * kept; the last 256 of these are. UH_TRACE_FAILED waits for the errno value.
 */
void uh_pending_outcome(struct uh_pending *pending, const struct uh_outcome *outcome);

/* Reports all connections that are left, as far as they are known. */
void uh_pending_flush(struct uh_pending *pending);

#endif

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
 * Adds a connection whose call has returned. The connection is reported as soon as its outcome
 * is known, which may be at once. identity is the identity of its socket, or 0 if no outcome
 * will follow. A call that failed may have asked about an earlier connection of the same
 * socket: its error is then the outcome of the earlier connection. The texts must live until
 * the report.
 */
void uh_pending_connect(struct uh_pending *pending, uint64_t identity,
			const struct uh_connection *connection);

/*
 * Adds an outcome. An outcome may arrive before its connection, because another thread may send
 * it: the last 256 such outcomes are kept. After UH_TRACE_FAILED the errno value may follow.
 */
void uh_pending_outcome(struct uh_pending *pending, const struct uh_outcome *outcome);

/* Reports all connections that still wait for their outcome. */
void uh_pending_flush(struct uh_pending *pending);

#endif

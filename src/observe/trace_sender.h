/* SPDX-License-Identifier: MIT */
/* trace_sender.h: tells `unhairpin trace` of connections, in a process that it has started. */
#ifndef UH_TRACE_SENDER_H
#define UH_TRACE_SENDER_H

#include "table/table.h"
#include "trace_message.h"

extern bool uh_trace_on; /* set when the object is loaded, and never again */

/* True in a process that is traced: one load. */
static inline bool uh_traces(void)
{
	return __builtin_expect(uh_trace_on, 0);
}

/* Takes the value of UNHAIRPIN_TRACE when the object is loaded; NULL or a wrong one: no trace.
 * Not async-signal-safe. */
void uh_trace_open(const char *value);

/*
 * A connection that is being made: lives in the frame of the call that makes it, its texts in
 * memory that is mapped for as long.
 */
struct uh_traced_call {
	struct uh_traced_call
	    *outer; /* the one of this thread that a signal handler interrupted */
	struct uh_trace_message message;
	int fd;
	bool again; /* the call asks for the outcome of an earlier one */
	char (*text)[UH_TRACE_TEXT_MAX + 1]; /* UH_TRACE_TEXTS of them; NULL: nothing is sent */
};

/*
 * Stand before and behind a call that connects fd. Neither changes
 * errno; the second sends the message, unless the call began no connection to an IP address,
 * the process has confined itself, or there was no memory, which counts as a message lost. A
 * call that asks for the outcome of an earlier one has that told (outcome.h). A thread that is
 * cancelled between the two calls the third one (pthread_cleanup_push(3)), which sends none.
 * asked: NULL if the program's address is no IP address. name: what asked is the stand-in for
 * (at most UH_TRACE_TEXT_MAX bytes), or NULL. Async-signal-safe.
 */
void uh_traced_call_begin(struct uh_traced_call *trace, int fd, const struct uh_endpoint *asked,
			  const char *name);
void uh_traced_call_end(struct uh_traced_call *trace, bool failed);
void uh_traced_call_cleanup(void *trace);

/* Sends a message with its texts, or with none (NULL). Returns false if it could not be sent.
 * To be called with cancellation held; errno is not kept. Async-signal-safe. */
bool uh_trace_send(struct uh_trace_message *message, char (*text)[UH_TRACE_TEXT_MAX + 1]);

/* Between the two: a route is for the connection, and target, as text, took it if not NULL. */
void uh_trace_route(const struct uh_table *table, const struct uh_table_route *route,
		    const char *target);

#endif

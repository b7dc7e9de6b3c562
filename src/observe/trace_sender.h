/* SPDX-License-Identifier: MIT */
/* trace_sender.h: reports the connections of a traced process to `unhairpin trace`. */
#ifndef UH_TRACE_SENDER_H
#define UH_TRACE_SENDER_H

#include "table/table.h"
#include "trace_message.h"

extern bool uh_trace_on; /* set when the object is loaded, and never changed */

/* True in a traced process. Costs one load. Async-signal-safe. */
static inline bool uh_traces(void)
{
	return __builtin_expect(uh_trace_on, 0);
}

/* Starts tracing if value, of UNHAIRPIN_TRACE, is valid; it may be NULL. To be called once,
 * when the object is loaded. Not async-signal-safe. */
void uh_trace_open(const char *value);

/*
 * A connection that is being made. It lives in the stack frame of the call; its texts are in
 * memory that is mapped until the call ends.
 */
struct uh_traced_call {
	struct uh_traced_call *outer; /* this thread's, which a signal handler interrupted */
	struct uh_trace_message message;
	int fd;
	bool again; /* the call asks for the outcome of an earlier one */
	char (*text)[UH_TRACE_TEXT_MAX + 1]; /* UH_TRACE_TEXTS of them; NULL: nothing is sent */
};

/*
 * The first two enclose a call that connects fd. asked is NULL if the program's address is no
 * IP address; name is the name that asked stands for (at most UH_TRACE_TEXT_MAX bytes), or
 * NULL.
 *
 * uh_traced_call_end sends the message. It sends none if the call began no connection to an IP
 * address, or the process has confined itself; without memory the message counts as lost. If
 * the call asked for the outcome of an earlier one, that outcome is sent (outcome.h). Between
 * the two, pthread_cleanup_push(3) registers uh_traced_call_cleanup for a thread that is
 * cancelled; it sends nothing. errno is kept. Async-signal-safe.
 */
void uh_traced_call_begin(struct uh_traced_call *trace, int fd, const struct uh_endpoint *asked,
			  const char *name);
void uh_traced_call_end(struct uh_traced_call *trace, bool failed);
void uh_traced_call_cleanup(void *trace);

/* Sends a message with its texts (NULL: none). False if that failed. To be called with
 * cancellation held; errno is not kept. Async-signal-safe. */
bool uh_trace_send(struct uh_trace_message *message, char (*text)[UH_TRACE_TEXT_MAX + 1]);

/* Notes the route of the innermost connection of this thread, and the target (as text) that
 * took it, or NULL. errno is kept. Async-signal-safe. */
void uh_trace_route(const struct uh_table *table, const struct uh_table_route *route,
		    const char *target);

#endif

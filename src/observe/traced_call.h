/* SPDX-License-Identifier: MIT */
/* traced_call.h: reports a connection of a traced process to `unhairpin trace`. */
#ifndef UH_TRACED_CALL_H
#define UH_TRACED_CALL_H

#include "table/table.h"
#include "trace_channel.h"

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

/* Notes the route of the innermost connection of this thread, and the target (as text) that
 * took it, or NULL. errno is kept. Async-signal-safe. */
void uh_trace_route(const struct uh_table *table, const struct uh_table_route *route,
		    const char *target);

/* Writes the texts of a message that a route is the subject of: its destination, its place and
 * the target, or "" if that is NULL. Async-signal-safe. */
void uh_trace_write_route(char (*text)[UH_TRACE_TEXT_MAX + 1], const struct uh_table *table,
			  const struct uh_table_route *route, const char *target);

#endif

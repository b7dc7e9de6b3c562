/* SPDX-License-Identifier: MIT */
/* traced_call.c: reports a connection of a traced process to `unhairpin trace`. */
#include "traced_call.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/mman.h>

#include "outcome.h"
#include "trace_channel.h"
#include "process/interruption.h"
#include "process/seccomp_filter.h"
#include "base/clock.h"
#include "base/format.h"
#include "names/resolved_names.h"
#include "socket/answers/sockopt.h"
#include "socket/state/socket_info.h"
#include "socket/state/identity.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

/* The innermost connection that this thread is making. initial-exec needs no allocation,
 * because the object is loaded when the program starts. */
static _Thread_local struct uh_traced_call *current __attribute__((tls_model("initial-exec")));

/* SO_PROTOCOL, or 0 if fd is no socket. */
static uint16_t protocol_of(int fd)
{
	int protocol = 0;
	socklen_t size = sizeof(protocol);

	if (uh_getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) != 0)
		return 0;
	return (uint16_t)protocol;
}

static bool is_tcp(const struct uh_trace_message *message)
{
	return message->protocol == IPPROTO_TCP || message->protocol == IPPROTO_MPTCP;
}

enum { TEXTS = UH_TRACE_TEXTS * (UH_TRACE_TEXT_MAX + 1) }; /* bytes */

/* Maps memory for the texts, all empty. NULL if no message is to be sent. */
static void *map_texts(const struct uh_traced_call *trace)
{
	void *texts;

	if (!trace->message.protocol || trace->again || uh_is_confined())
		return NULL;
	texts = mmap(NULL, TEXTS, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (texts != MAP_FAILED)
		return texts;
	uh_trace_lost();
	return NULL;
}

void uh_traced_call_begin(struct uh_traced_call *trace, int fd, const struct uh_endpoint *asked,
			  const char *name)
{
	struct uh_trace_message *message = &trace->message;
	int saved = errno;

	memset(message, 0, sizeof(*message));
	trace->fd = fd;
	trace->again = false;
	if (asked) {
		message->protocol = protocol_of(fd);
		message->address = asked->address;
		message->scope_id = asked->scope_id;
		message->port = asked->port;
		trace->again = is_tcp(message) && !uh_is_unconnected_stream(fd);
	}
	trace->text = map_texts(trace);
	if (trace->text && name)
		strcpy(trace->text[UH_TRACE_NAME], name);
	trace->outer = current;
	current = trace;
	errno = saved;
	message->start = uh_clock_ns(CLOCK_MONOTONIC);
}

void uh_traced_call_cleanup(void *trace)
{
	struct uh_traced_call *ended = trace;

	current = ended->outer;
	if (ended->text)
		munmap(ended->text, TEXTS);
}

void uh_trace_write_route(char (*text)[UH_TRACE_TEXT_MAX + 1], const struct uh_table *table,
			  const struct uh_table_route *route, const char *target)
{
	const size_t size = sizeof(text[0]);

	uh_format(text[UH_TRACE_ROUTE], size, "%s", uh_table_text(table, route->text));
	uh_format(text[UH_TRACE_PLACE], size, route->line ? "%s:%u" : "%s",
		  uh_table_text(table, route->file), (unsigned)route->line);
	uh_format(text[UH_TRACE_TARGET], size, "%s", target ? target : "");
}

void uh_trace_route(const struct uh_table *table, const struct uh_table_route *route,
		    const char *target)
{
	if (current && current->text)
		uh_trace_write_route(current->text, table, route, target);
}

static void tell(struct uh_traced_call *trace, int error)
{
	struct uh_trace_message *message = &trace->message;
	int state = uh_defer_cancel();

	message->error = is_tcp(message) ? uh_awaited_result(trace->fd, error) : error;
	if (message->error) /* an outcome may follow, which the identity joins to this */
		message->identity = uh_socket_identity(trace->fd);
	if (message->error < 0)
		uh_awaited_put(trace->fd);
	uh_resolved_name_find(&message->address, trace->text[UH_TRACE_NAME]);
	if (!uh_trace_send(message, trace->text))
		uh_trace_lost();
	uh_restore_cancel(state);
}

void uh_traced_call_end(struct uh_traced_call *trace, bool failed)
{
	int saved = errno, error = failed ? saved : 0;

	trace->message.took = uh_clock_ns(CLOCK_MONOTONIC) - trace->message.start;
	if (trace->again)
		uh_awaited_asked(trace->fd, error);
	else if (trace->text && !uh_is_confined())
		tell(trace, error);
	else if (!trace->message.protocol && !failed)
		uh_awaited_given_up(trace->fd);
	uh_traced_call_cleanup(trace);
	errno = saved;
}

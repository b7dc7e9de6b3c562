/* SPDX-License-Identifier: MIT */
/* begin_trace.h: the beginning of a traced call, with what the routes know of the address. */
#ifndef UH_BEGIN_TRACE_H
#define UH_BEGIN_TRACE_H

#include "observe/trace_sender.h"
#include "routes/routes.h"

/*
 * uh_traced_call_begin, after the routes were read, so that a first read does not count as the
 * connection's time. Gives the message the name of a stand-in that another process was given.
 * errno is kept. Async-signal-safe.
 */
static inline void uh_begin_trace(struct uh_traced_call *trace, int fd,
				  const struct sockaddr *address, socklen_t length)
{
	uh_routes_read();
	uh_traced_call_begin(trace, fd, address, length);
	if (trace->text)
		uh_name_of_stand_in(&trace->message.address, trace->text[UH_TRACE_NAME]);
}

#endif

/* SPDX-License-Identifier: MIT */
/* trace_channel.h: sends messages to `unhairpin trace`, in a process that it traces. */
#ifndef UH_TRACE_CHANNEL_H
#define UH_TRACE_CHANNEL_H

#include <stdbool.h>

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
 * Sends a message with its texts, or without if text is NULL. The program is entered in the
 * texts. Returns false on failure. Cancellation must be deferred. errno is not kept.
 * Async-signal-safe.
 */
bool uh_trace_send(struct uh_trace_message *message, char (*text)[UH_TRACE_TEXT_MAX + 1]);

/* Counts a message that could not be made or sent; the next one reports the count.
 * Async-signal-safe. */
void uh_trace_lost(void);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * trace_channel.h: sends messages to `unhairpin trace`, in a process that it traces.
 *
 * A process is traced from its start by UNHAIRPIN_TRACE, or while a socket has one of the paths
 * in trace_message.h. A channel is one such socket; another one has another number.
 */
#ifndef UH_TRACE_CHANNEL_H
#define UH_TRACE_CHANNEL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "trace_message.h"

/* The channel, or 0 in a process that is not traced. It may change at any time. */
extern _Atomic uint32_t uh_trace_channel;

/* True in a traced process. Costs one load. Async-signal-safe. */
static inline bool uh_traces(void)
{
	return __builtin_expect(
	    atomic_load_explicit(&uh_trace_channel, memory_order_acquire) != 0, 0);
}

/* Starts tracing if value, of UNHAIRPIN_TRACE, is valid; it may be NULL. To be called once,
 * when the object is loaded. Not async-signal-safe. */
void uh_trace_open(const char *value);

/*
 * Switches tracing on if there is a socket of root, or of the user that started the program,
 * and off if there is not. The latter socket does not count for a program with more rights than
 * its caller (AT_SECURE). Does nothing in a process that UNHAIRPIN_TRACE traces. Makes one
 * call of stat(2), two for a program that root did not start. To be called in a turn (turn.h),
 * and not in a frozen process (freeze.h). errno is not kept. Async-signal-safe.
 */
void uh_trace_look(void);

/*
 * Sends a message with its texts, or without if text is NULL. The program is entered in the
 * texts. Returns false on failure. If nobody listens, tracing is switched off until there is
 * another socket; the message is then not missed, and the result is true. Cancellation must be
 * deferred. errno is not kept. Async-signal-safe.
 */
bool uh_trace_send(struct uh_trace_message *message, char (*text)[UH_TRACE_TEXT_MAX + 1]);

/* Counts a message that could not be made or sent; the next one reports the count.
 * Async-signal-safe. */
void uh_trace_lost(void);

#endif

/* SPDX-License-Identifier: MIT */
/* collector.h: the socket to which traced programs send messages about their connections. */
#ifndef UH_COLLECTOR_H
#define UH_COLLECTOR_H

#include "datagram_sums.h"
#include "pending.h"
#include "selection.h"
#include "trace_socket.h"

struct uh_collector {
	int listener;
	int waiting;	    /* an epoll set of the listener and the clients */
	unsigned clients;   /* connected programs whose message has not been read */
	unsigned long lost; /* connections that were not received, as far as is known */
	struct uh_trace *trace;
	struct uh_selection *selection; /* whose messages are taken; NULL: those with the key */
	struct uh_trace_socket socket;	/* with a selection */
	struct uh_pending *pending;	/* connections whose outcome is not known yet */
	struct uh_datagram_sum *datagrams; /* the datagrams so far */
	uh_on_connection *report, *first;
	void *context;
	uint64_t began; /* time 0 of the trace, in nanoseconds of CLOCK_MONOTONIC */
	char key[UH_TRACE_KEY + 1];
	char variable[96]; /* the value of UNHAIRPIN_TRACE for traced programs */
};

/*
 * Opens a collector for a command that gets collector->variable, or, with a selection, for
 * running processes; time 0 of the trace is now. Connections will be given to
 * report(context, …), their texts interned in the trace. Datagrams will be given to
 * first(context, …) when a destination is first seen, and to report in the end, added up by
 * destination. Returns false on failure (reported).
 */
bool uh_collector_open(struct uh_collector *collector, struct uh_trace *trace,
		       struct uh_selection *selection, uh_on_connection *report,
		       uh_on_connection *first, void *context);

/* Lets no other process find the collector; those that have connected are still heard. */
void uh_collector_hide(struct uh_collector *collector);

void uh_collector_close(struct uh_collector *collector);

/*
 * Reads the messages that have arrived, and reports the connections whose outcome they make
 * known. collector->waiting is readable when there is something to read. A message that is not
 * wanted (without the key, or not of the selection) is dropped.
 */
void uh_collector_read(struct uh_collector *collector);

/*
 * Reads the last messages after the command has ended: waits until no message has arrived for a
 * tenth of a second, three seconds at most. Then reports the connections without an outcome,
 * and the datagrams.
 */
void uh_collector_drain(struct uh_collector *collector);

#endif

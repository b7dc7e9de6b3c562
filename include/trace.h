/* SPDX-License-Identifier: MIT */
/* trace.h: what a traced program tells `unhairpin trace` of each of its connections. */
#ifndef UH_TRACE_H
#define UH_TRACE_H

#include "hostname.h"

/*
 * UNHAIRPIN_TRACE is "@NAME:KEY": the abstract name of a listening SOCK_SEQPACKET socket, and
 * what a message must begin with, which only those who may read the environment know. For each
 * connection a socket is made, connected, sent one message by, and closed: a backlog holds
 * thousands of them, where a queue of datagrams holds ten by default (net.unix.max_dgram_qlen).
 */
#define UH_TRACE_VARIABLE "UNHAIRPIN_TRACE"
enum { UH_TRACE_KEY = 32, UH_TRACE_VERSION = 1 };

/* The texts of a message, in this order; each is cut at its longest. */
enum uh_trace_text {
	UH_TRACE_NAME,	  /* that was looked up, or "" */
	UH_TRACE_PROGRAM, /* the executable's path */
	UH_TRACE_ROUTE,	  /* the destination of the route that took it, or "" */
	UH_TRACE_PLACE,	  /* where that is written: FILE:LINE */
	UH_TRACE_TARGET,  /* as a configuration has it, or "" */
	UH_TRACE_TEXTS
};
#define UH_TRACE_TEXT_MAX 511

/* The message: this, then the texts without NULs. Both ends are of one machine. */
struct uh_trace_message {
	char key[UH_TRACE_KEY];
	uint32_t version;
	uint32_t lost;	/* messages of this process that could not be sent before */
	uint64_t start; /* of connect(2), in nanoseconds of CLOCK_MONOTONIC */
	uint64_t took;	/* nanoseconds */
	struct uh_address address;
	uint32_t scope_id;
	int32_t error; /* errno, or 0 */
	uint16_t port;
	uint16_t protocol; /* SO_PROTOCOL */
	uint16_t length[UH_TRACE_TEXTS];
};

#endif

/* SPDX-License-Identifier: MIT */
/* trace_message.h: messages from a traced program to `unhairpin trace`, about each of its
 * connections.
 */
#ifndef UH_TRACE_MESSAGE_H
#define UH_TRACE_MESSAGE_H

#include "base/hostname.h"

/*
 * UNHAIRPIN_TRACE is "@NAME:KEY": the abstract name of a listening SOCK_SEQPACKET socket, and
 * what a message must begin with, which only those who may read the environment know. For each
 * connection a socket is made, connected, sent one message by, and closed: a backlog holds
 * thousands of them, where a queue of datagrams holds ten by default (net.unix.max_dgram_qlen).
 */
#define UH_TRACE_VARIABLE "UNHAIRPIN_TRACE"
enum { UH_TRACE_KEY = 32, UH_TRACE_VERSION = 2 };

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

enum uh_trace_kind {
	UH_TRACE_CONNECT, /* a call that began a connection, after it returned */
	UH_TRACE_OUTCOME, /* the end of a connection that went on after its call */
};

/* Values of error that are no errno value. */
enum uh_trace_error {
	UH_TRACE_FAILED = -1,  /* the connection failed, and the program has not asked why */
	UH_TRACE_UNKNOWN = -2, /* it goes on; in an outcome: the program has given it up */
};

/* The message: this, then the texts without NULs, of which an outcome has none. Both ends are
 * of one machine. */
struct uh_trace_message {
	char key[UH_TRACE_KEY];
	uint32_t version;
	uint32_t lost;	/* connections of this process that could not be told of before */
	uint64_t start; /* of the call, in nanoseconds of CLOCK_MONOTONIC; of an outcome: when
			 * the program learnt it, or 0 if nobody knows */
	uint64_t took;	/* nanoseconds that the call took */
	/* uh_socket_identity() of the socket (records.h): it joins an outcome to its
	 * connection. 0 for a connection that has been made. */
	uint64_t identity;
	struct uh_address address;
	uint32_t scope_id;
	int32_t error; /* 0: connected; errno; or an uh_trace_error */
	uint16_t port;
	uint16_t protocol; /* SO_PROTOCOL */
	uint16_t kind;	   /* enum uh_trace_kind */
	uint16_t length[UH_TRACE_TEXTS];
};

#endif

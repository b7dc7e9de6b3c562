/* SPDX-License-Identifier: MIT */
/* trace_message.h: the messages of a traced program about its connections and datagrams. */
#ifndef UH_TRACE_MESSAGE_H
#define UH_TRACE_MESSAGE_H

#include "base/hostname.h"

/*
 * UNHAIRPIN_TRACE is "@NAME:KEY". NAME is the abstract name of the SOCK_SEQPACKET socket on
 * which `unhairpin trace` listens. A message must begin with KEY, which is known only to
 * processes that can read the environment. The program makes a socket for each message, and
 * closes it afterwards: a backlog holds thousands of messages, but a queue of datagrams only
 * ten by default (net.unix.max_dgram_qlen).
 *
 * For processes that run already, `unhairpin trace` listens on a path instead, which the object
 * looks at: one for the processes of all users if root listens, one for a user's own processes
 * if that user does. The key is then all zero, because the receiver asks the kernel for the
 * sender (SO_PEERCRED in unix(7)).
 */
#define UH_TRACE_VARIABLE "UNHAIRPIN_TRACE"
#define UH_TRACE_ROOT_SOCKET "/run/unhairpin.trace"
#define UH_TRACE_USER_SOCKET "/run/user/%u/unhairpin.trace" /* %u: the user's number */
enum { UH_TRACE_KEY = 32, UH_TRACE_VERSION = 3 };

/* The texts of a message, in this order; each is cut at UH_TRACE_TEXT_MAX bytes. */
enum uh_trace_text {
	UH_TRACE_NAME,	  /* the name that was looked up, or "" */
	UH_TRACE_PROGRAM, /* the executable's path, or "" */
	UH_TRACE_ROUTE,	  /* the destination of the connection's route, or "" */
	UH_TRACE_PLACE,	  /* FILE:LINE of the route */
	UH_TRACE_TARGET, /* the target that took the connection, as in a configuration, or "" */
	UH_TRACE_TEXTS
};
#define UH_TRACE_TEXT_MAX 511

enum uh_trace_kind {
	UH_TRACE_CONNECT, /* a call began a connection; sent after the call returned */
	UH_TRACE_OUTCOME, /* the outcome of a connection that went on after its call */
	/* Datagrams that were sent with an address to one destination, all with one result: the
	 * first at once, later ones in further messages, which the receiver adds up. */
	UH_TRACE_DATAGRAMS,
};

/* Values of error besides 0 and errno values. */
enum uh_trace_error {
	UH_TRACE_FAILED = -1, /* the connection failed, and the program has not asked why */
	UH_TRACE_UNKNOWN =
	    -2, /* the connection goes on; in an outcome: the program gave it up */
};

/* The start of a message, followed by the texts without NULs; an outcome has no texts. Sender
 * and receiver are on one machine. */
struct uh_trace_message {
	char key[UH_TRACE_KEY];
	uint32_t version;
	uint32_t lost;	/* messages of this process that were lost before */
	uint64_t start; /* of the call, in nanoseconds of CLOCK_MONOTONIC; in an outcome: when
			 * the program learnt it, or 0 if that is unknown; of datagrams: when
			 * the message is sent */
	uint64_t took;	/* nanoseconds that the call took; 0 for datagrams */
	/* uh_socket_identity() of the socket (identity.h), which joins an outcome to its
	 * connection; 0 if the connection has been made. */
	uint64_t identity;
	struct uh_address address;
	uint32_t scope_id;
	int32_t error;	    /* 0: connected, or sent; errno; or an uh_trace_error */
	uint32_t datagrams; /* their number; 0 in other messages */
	uint16_t port;
	uint16_t protocol; /* SO_PROTOCOL */
	uint16_t kind;	   /* enum uh_trace_kind */
	uint16_t length[UH_TRACE_TEXTS];
};

#endif

/* SPDX-License-Identifier: MIT */
/* connection.h: a connection that a traced program made, or its datagrams to one destination,
 * and a trace, which is a list of them. */
#ifndef UH_CONNECTION_H
#define UH_CONNECTION_H

#include <stddef.h>

#include "table/route.h"
#include "trace_message.h"

/*
 * One connection, or all datagrams that a process sent with an address to one destination, with
 * one result. Each text is interned in its trace; a text that is not known is NULL.
 */
struct uh_connection {
	double time; /* of the call, or of the first datagram, in seconds since the trace began
		      */
	double microseconds; /* from the call to the outcome; negative: not known */
	uint64_t datagrams;  /* their number; 0: a connection */
	struct uh_endpoint to;
	const char *name;		    /* the name that the program had looked up */
	const char *program;		    /* the path of the executable */
	const char *route, *place, *target; /* the route, FILE:LINE of it, the target reached */
	const char *only_kernel; /* why only the kernel back end could route it; NULL in a trace
				  */
	uint32_t process, user;
	int error; /* 0: connected, or sent; an errno value; or an enum uh_trace_error */
	uint16_t protocol; /* IPPROTO_TCP, which includes MPTCP, IPPROTO_UDP or another */
};

struct uh_interner;

/* The connections of a trace in their order. {0} is an empty trace. */
struct uh_trace {
	struct uh_connection *connection;
	size_t count;
	const char *host, *started; /* from the header; NULL: not known */
	unsigned faults;	    /* lines that could not be read */
	struct uh_interner *texts;
};

/*
 * Appends a copy of the connection; its texts must be interned already. Returns false if memory
 * ran out (reported).
 */
bool uh_trace_add(struct uh_trace *trace, const struct uh_connection *connection);

/*
 * Returns the trace's own copy of a text, one for equal texts. It lives until uh_trace_free().
 * Returns NULL with errno ENOMEM if memory ran out.
 */
const char *uh_trace_intern(struct uh_trace *trace, const char *text);

/* The number of datagrams; 1 for a connection. */
static inline uint64_t uh_connection_uses(const struct uh_connection *connection)
{
	return connection->datagrams ? connection->datagrams : 1;
}

/* Frees the connections and the texts. */
void uh_trace_free(struct uh_trace *trace);

/* Returns what routes call the connection's protocol: UH_TCP, UH_UDP, or 0 for any other. */
enum uh_protocol uh_connection_protocol(const struct uh_connection *connection);

/*
 * Formats an IP protocol as traces have it: "tcp", "udp" or its number. Returns text, or a
 * constant. uh_ip_protocol_parse() is the inverse, and returns 0 for any other text.
 */
const char *uh_ip_protocol_format(uint16_t protocol, char text[8]);
uint16_t uh_ip_protocol_parse(const char *text);

/*
 * Returns the result that traces have for an error: "ok", the name of an errno value, "failed"
 * or "unknown". uh_result_parse() is the inverse; EINPROGRESS, which older traces have for an
 * outcome that was not awaited, becomes UH_TRACE_UNKNOWN. A name that is not known becomes
 * UH_TRACE_FAILED.
 */
const char *uh_result_name(int error);
int uh_result_parse(const char *name);

/* True if the error says that the connection failed. An unknown outcome is no failure. */
bool uh_is_failure(int error);

/* Returns the last component of a program's path, "?" if program is NULL. */
const char *uh_program_name(const char *program);

#endif

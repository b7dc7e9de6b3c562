/* SPDX-License-Identifier: MIT */
/* trace_read.h: the connections that a program made, as `unhairpin trace` writes them down. */
#ifndef UH_TRACE_READ_H
#define UH_TRACE_READ_H

#include <stdio.h>

#include "table/route.h"

/* One connection. Texts are the trace's own, one copy of each; NULL: not in the trace. */
struct uh_connection {
	double time;	     /* seconds since the trace began */
	double microseconds; /* until the outcome was known; negative: not in the trace */
	const char *program; /* never NULL */
	const char *name, *route, *place, *target;
	const char *result; /* "ok", the name of an errno value, "failed" or "unknown" */
	struct uh_endpoint to;
	uint32_t process, user;
	enum uh_protocol protocol; /* 0: neither TCP nor UDP */
};

struct uh_trace_texts; /* a set of texts; the type stays in trace_read.c */

/* All connections of one or more files, in their order. Zero it before its first use. */
struct uh_trace {
	struct uh_connection *connection;
	size_t count;
	const char *host, *started; /* of the first file; NULL: not told */
	unsigned faults;	    /* lines that could not be read */
	struct uh_trace_texts *texts;
};

/*
 * Adds the connections in a file of JSON lines, "-" for standard input. A line that can't be
 * read is reported by file and line, counted, and passed over; where the first line doesn't say
 * that this is a trace, the file is. Returns false when it can't be opened or read, or memory
 * ran out (reported).
 */
bool uh_trace_read(struct uh_trace *trace, const char *file);

/* The same from a stream, which is called shown where something is reported. */
bool uh_trace_read_stream(struct uh_trace *trace, FILE *file, const char *shown);

void uh_trace_free(struct uh_trace *trace);

/* What some connections have in common. */
struct uh_times {
	size_t count, failed, unknown;
	size_t timed;	    /* those that connected in a known time */
	double median, p99; /* of those, in microseconds */
};

/* Counts connections of a trace. False: no memory, reported. */
bool uh_times_count(const struct uh_connection *const *connection, size_t count,
		    struct uh_times *times);

/* The last component of a program's path. */
const char *uh_program_name(const char *program);

#endif

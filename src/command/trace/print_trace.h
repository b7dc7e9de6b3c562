/* SPDX-License-Identifier: MIT */
/* print_trace.h: writes a trace as JSON lines, as a table and as CSV. */
#ifndef UH_PRINT_TRACE_H
#define UH_PRINT_TRACE_H

#include <stdio.h>

#include "command/trace/connections/group.h"

/*
 * Print the first line of a trace, and the line of a connection: JSON objects as unhairpin(1)
 * has them. Return false if memory ran out (reported). An error of the stream is left to the
 * caller's ferror(3).
 */
bool uh_trace_print_header(FILE *out, const struct uh_trace *trace, char *const command[]);
bool uh_trace_print_json(FILE *out, const struct uh_connection *connection);

/* Prints a connection as one line for people. */
void uh_trace_print_live(FILE *out, const struct uh_connection *connection, bool colours);

/*
 * Print the groups as a table for people with a sentence below it, or as CSV. The first line
 * has the titles of the columns if headings is set. lost is the number of connections that are
 * known to be missing. Return false if memory ran out (reported).
 */
bool uh_trace_print_table(FILE *out, const struct uh_groups *groups, bool headings,
			  unsigned long lost);
bool uh_trace_print_csv(FILE *out, const struct uh_groups *groups, bool headings);

#endif

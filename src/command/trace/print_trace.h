/* SPDX-License-Identifier: MIT */
/* print_trace.h: writes a trace as JSON lines, as a table and as CSV. */
#ifndef UH_PRINT_TRACE_H
#define UH_PRINT_TRACE_H

#include <stdio.h>

#include "command/trace/connections/group.h"

/* Writes the first line of a trace, and the line of a connection: JSON objects as
 * unhairpin(1) has them. */
void uh_trace_print_header(FILE *out, const struct uh_trace *trace, char *const command[]);
void uh_trace_print_json(FILE *out, const struct uh_connection *connection);

/* Prints a connection as one line for people. */
void uh_trace_print_live(FILE *out, const struct uh_connection *connection, bool colours);

/*
 * Prints the groups as a table for people with a sentence below it, or as CSV with a line of
 * column names. lost is the number of connections that are known to be missing. Return false if
 * memory ran out (reported).
 */
bool uh_trace_print_table(FILE *out, const struct uh_groups *groups, unsigned long lost);
bool uh_trace_print_csv(FILE *out, const struct uh_groups *groups);

#endif

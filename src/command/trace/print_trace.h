/* SPDX-License-Identifier: MIT */
/* print_trace.h: how a trace is written. */
#ifndef UH_PRINT_TRACE_H
#define UH_PRINT_TRACE_H

#include <stdio.h>
#include <time.h>

#include "aggregate.h"

/* The first line of a trace, and the line of a connection: JSON objects; see unhairpin(1). */
void uh_trace_header(FILE *out, char *const command[], time_t started);
void uh_trace_event(FILE *out, const struct uh_event *event);

/* A connection in a line for people. */
void uh_trace_live(FILE *out, const struct uh_event *event, bool colours);

/*
 * The rows as a table for people with a sentence below it, or as a CSV file with a line of
 * titles. lost is how many connections are known to be missing. False: no memory.
 */
bool uh_trace_table(FILE *out, struct uh_aggregate_row *const *row, size_t rows,
		    unsigned long lost);
void uh_trace_csv(FILE *out, struct uh_aggregate_row *const *row, size_t rows);

#endif

/* SPDX-License-Identifier: MIT */
/* read_trace.h: reads traces as `unhairpin trace` writes them. */
#ifndef UH_READ_TRACE_H
#define UH_READ_TRACE_H

#include "connection.h"

/*
 * Appends the connections in a file of JSON lines to the trace; "-" is standard input. A line
 * that cannot be read is reported with file and line, counted in trace->faults, and skipped. If
 * the first line does not say that the file is a trace, the whole file is skipped. Returns
 * false if the file cannot be opened or read, or memory ran out (reported).
 */
bool uh_trace_read(struct uh_trace *trace, const char *file);

#endif

/* SPDX-License-Identifier: MIT */
/* trace_output.h: where a trace goes: a table, CSV, JSON lines, a page. */
#ifndef UH_TRACE_OUTPUT_H
#define UH_TRACE_OUTPUT_H

#include <stdio.h>

#include "collector.h"

/* The options of a trace, and what is written so far. */
struct uh_trace_output {
	bool follow, json, csv, no_headings, colours;
	const char *path; /* the file for the trace, or NULL */
	FILE *file;	  /* where the trace goes, or NULL */
	int error;	  /* errno of the first line that could not be written there, or 0 */
	const char *page; /* the file for the page, or NULL */
	bool keeps;	  /* table, CSV file or page need the connections in memory */
	bool is_full;	  /* memory ran out for the connections */
	bool is_open;	  /* the collector is */
	struct uh_trace recorded;
	struct uh_collector collector;
};

/*
 * Opens the collector (collector.h) and the file. Returns false on failure (reported). Undone
 * by uh_trace_output_close(), also after a failure. Not async-signal-safe.
 */
bool uh_trace_output_open(struct uh_trace_output *output, struct uh_selection *selection);
void uh_trace_output_close(struct uh_trace_output *output);

/* Writes the header, with the words that say what is traced; ends with NULL. */
void uh_trace_output_begin(struct uh_trace_output *output, char *const words[]);

/* Writes the table, the CSV file and the page, as the options ask for them. Returns false on
 * failure (reported). */
bool uh_trace_output_report(struct uh_trace_output *output);

#endif

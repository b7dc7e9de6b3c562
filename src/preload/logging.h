/* SPDX-License-Identifier: MIT */
/* logging.h: what the variables and the routes say of the log. */
#ifndef UH_LOGGING_H
#define UH_LOGGING_H

#include "table.h"

/*
 * Sets level and place of the log: by UNHAIRPIN_LOG, else by the table, else (NULL) the
 * defaults. Not async-signal-safe.
 */
void uh_log_by(const struct uh_table *table);

/* uh_report's function for faults of a configuration (builder.h): to the log. */
void uh_log_fault(void *context, bool warning, const char *file, unsigned line,
		  const char *text);

#endif

/* SPDX-License-Identifier: MIT */
/* log_setup.h: sets up the log from our variables and the routes. */
#ifndef UH_LOG_SETUP_H
#define UH_LOG_SETUP_H

#include "table/table.h"

/*
 * Sets the log's level, place and limit. UNHAIRPIN_LOG comes before the table's settings, and
 * those before the defaults; table may be NULL. Not async-signal-safe.
 */
void uh_log_set_up(const struct uh_table *table);

/* Logs a fault of a configuration. file may be NULL; line 0 means the whole file.
 * Async-signal-safe. */
void uh_log_fault(bool warning, const char *file, unsigned line, const char *text);

/* Logs a warning for each of our variables that has a value it cannot have. */
void uh_variables_check(void);

#endif

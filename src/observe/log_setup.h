/* SPDX-License-Identifier: MIT */
/* log_setup.h: what the variables and the routes say of the log. */
#ifndef UH_LOG_SETUP_H
#define UH_LOG_SETUP_H

#include "table/table.h"

/*
 * Sets level and place of the log: by UNHAIRPIN_LOG, else by the table, else (NULL) the
 * defaults. Not async-signal-safe.
 */
void uh_log_set_up(const struct uh_table *table);

/* Writes a fault of a configuration to the log. file may be NULL, line 0: of the whole file.
 * Async-signal-safe. */
void uh_log_fault(bool warning, const char *file, unsigned line, const char *text);

/* Logs a warning for each of our variables whose value is none that the variable can have. */
void uh_variables_check(void);

#endif

/* SPDX-License-Identifier: MIT */
/* report.h: the preload object's log. Silent on the program's own stdout and stderr unless
 * told. */
#ifndef UH_REPORT_H
#define UH_REPORT_H

#include <stdbool.h>

#include "log.h"

/*
 * Sets level and place: "journal" (the journal's native socket, else /dev/log), "stderr", or an
 * absolute path to append to, copied. For one caller at a time.
 */
void uh_report_to(enum uh_log_level level, const char *place);

/* True when lines of that level are written. Async-signal-safe. */
bool uh_report_wants(enum uh_log_level level);

/*
 * Writes one line if the level is not above the one that is set, else does nothing. Opens and
 * closes what it needs; a failure is silent. Silent too in a process that has confined itself.
 * errno is kept. Not async-signal-safe by contract (vsnprintf), though it neither locks nor
 * allocates.
 */
void uh_report(enum uh_log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif

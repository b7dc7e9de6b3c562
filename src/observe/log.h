/* SPDX-License-Identifier: MIT */
/* log.h: the preload object's log. Silent on the program's own stdout and stderr unless
 * told. */
#ifndef UH_LOG_H
#define UH_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/log_level.h"

/*
 * Sets level and place: "journal" (the journal's native socket, else /dev/log), "stderr", or an
 * absolute path to append to, copied. For one caller at a time.
 */
void uh_log_open(enum uh_log_level level, const char *place);

enum { UH_LOG_WINDOW = 10 }; /* seconds */

/* Sets how many lines this process may write in UH_LOG_WINDOW seconds; 0: no limit. */
void uh_log_set_limit(uint32_t lines);

/* True when lines of that level are written. Async-signal-safe. */
bool uh_log_wants(enum uh_log_level level);

/* What a line is about, for the journal's fields; each may be NULL. */
struct uh_subject {
	const char *route, *destination, *target;
	const char *result; /* a name of errno_name.h */
};

/*
 * Writes one line if the level is not above the one that is set, else does nothing. Opens and
 * closes what it needs; a failure is silent. Silent too in a process that has confined itself,
 * for lines past the limit, whose number the first line after them is preceded by, and without
 * memory to map for the line. format is uh_format's (format.h). errno is kept.
 * Async-signal-safe.
 */
void uh_log(enum uh_log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same, with fields for the journal. */
void uh_log_about(enum uh_log_level level, const struct uh_subject *subject, const char *format,
		  ...) __attribute__((format(printf, 3, 4)));

#endif

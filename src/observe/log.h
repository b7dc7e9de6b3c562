/* SPDX-License-Identifier: MIT */
/* log.h: the preload object's log, which uses the program's stderr only if that is set. */
#ifndef UH_LOG_H
#define UH_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/log_level.h"

/*
 * Sets the level, and the place, which is copied: "journal" (the journal's native socket, else
 * /dev/log), "stderr", or the absolute path of a file to append to. One thread at a time.
 */
void uh_log_open(enum uh_log_level level, const char *place);

/* The place. Async-signal-safe. */
const char *uh_log_place(void);

enum { UH_LOG_WINDOW = 10 }; /* seconds */

/* Sets how many lines this process may write in UH_LOG_WINDOW seconds; 0: no limit. */
void uh_log_set_limit(uint32_t lines);

/* True if lines of that level are written. Async-signal-safe. */
bool uh_log_wants(enum uh_log_level level);

/* The subject of a line, for the journal's fields; each may be NULL. */
struct uh_subject {
	const char *route, *destination, *target;
	const char *result; /* a name of errno_name.h */
};

/*
 * Writes one line if the level is set (uh_log_wants). Keeps no descriptor. A line is lost
 * silently if it cannot be written, if there is no memory for it, in a process that has
 * confined itself, and over the limit; the next line that is written after the limit follows
 * one with the number of lost lines. format is uh_format's (format.h). errno is kept.
 * Async-signal-safe.
 */
void uh_log(enum uh_log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same with fields for the journal. */
void uh_log_about(enum uh_log_level level, const struct uh_subject *subject, const char *format,
		  ...) __attribute__((format(printf, 3, 4)));

#endif

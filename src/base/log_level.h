/* SPDX-License-Identifier: MIT */
/* log_level.h: the levels of the log. */
#ifndef UH_LOG_LEVEL_H
#define UH_LOG_LEVEL_H

#define UH_LOG_LIMIT 50 /* lines of a process in ten seconds, by default */

enum uh_log_level { UH_LOG_OFF, UH_LOG_ERROR, UH_LOG_WARNING, UH_LOG_INFO, UH_LOG_DEBUG };

/* The level with that name ("off", "error", "warning", "info", "debug"), or -1.
 * Async-signal-safe. */
int uh_log_level_parse(const char *name);

/* The name of a level, or "unknown". Async-signal-safe. */
const char *uh_log_level_name(enum uh_log_level level);

#endif

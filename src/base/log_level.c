/* SPDX-License-Identifier: MIT */
/* log_level.c: the names of the log levels. */
#include "log_level.h"

#include <string.h>

static const char *const names[] = {"off", "error", "warning", "info", "debug"};

int uh_log_level_parse(const char *name)
{
	for (int level = UH_LOG_OFF; level <= UH_LOG_DEBUG; level++)
		if (strcmp(name, names[level]) == 0)
			return level;
	return -1;
}

const char *uh_log_level_name(enum uh_log_level level)
{
	/* The level may come from a mapped file, so it is checked before it is an index. */
	return (unsigned)level <= UH_LOG_DEBUG ? names[level] : "unknown";
}
